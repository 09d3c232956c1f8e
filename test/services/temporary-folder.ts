import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { ownLeash } from "./leash.js";

/**
 * A new folder. It is gone when the process is, however that ends.
 *
 * @param t has it removed after the test already
 */
export async function temporaryFolder(t?: { teardown(fn: () => unknown): void }): Promise<string> {
  const folder = await mkdtemp(join(ownLeash().folder, "folder-"));
  t?.teardown(() => removeFolder(folder));
  return folder;
}

/** Removes a folder, though a process that was killed just now may be writing there still. */
export const removeFolder = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true, maxRetries: 5 });
