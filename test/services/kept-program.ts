import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { isExecutable } from "./program.js";

/** A program that tests build once and keep between runs. */
export class KeptProgram {
  readonly #name: string;
  readonly #folder: string;
  readonly #path: string;

  /** @param version what another build must differ in */
  constructor(name: string, version: string) {
    this.#name = name;
    this.#folder = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "machinery-ts", `${name}-${version}`);
    this.#path = join(this.#folder, name);
  }

  /** Its path, if it has been built. */
  async find(): Promise<string | undefined> {
    return (await isExecutable(this.#path)) ? this.#path : undefined;
  }

  /** Builds it, and keeps it. @param make makes a file of the program's name in this folder, which is deleted afterwards */
  async build(make: (scratch: string) => Promise<unknown>): Promise<string> {
    process.stderr.write(`Building ${this.#name}, which takes a minute or two; it is kept in ${this.#folder}\n`);
    await mkdir(this.#folder, { recursive: true });
    const scratch = await mkdtemp(join(this.#folder, "build-"));
    try {
      await make(scratch);
      // Another process may have built it meanwhile: this replaces it as a whole.
      await rename(join(scratch, this.#name), this.#path);
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
    return this.#path;
  }
}
