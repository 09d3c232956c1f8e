import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Contender } from "../contenders.js";

/** Another library, which is installed in a folder of its own when it is first measured: nobody needs it who does not measure. */
export interface Peer {
  readonly name: string;
  /** To install and to run: a quick run leaves out the others. */
  readonly isQuick: boolean;
  isInstalled(): boolean;
  /** @throws Error why it cannot be */
  install(): void;
  version(): string;
  contender(): Contender;
}

/** Where it has its program: not built, and so not in `dist`. */
export const peerFolder = (name: string): string =>
  fileURLToPath(new URL(`../../../../test/bench/peers/${name}/`, import.meta.url));

/** @throws Error where it is not on the PATH */
export function mustHave(program: string): void {
  const found = process.env.PATH!.split(delimiter).some((folder) => existsSync(join(folder, program)));
  if (!found) throw new Error(`${program} is not on the PATH`);
}

/** @throws Error what it wrote on stderr, or that it took longer than `patienceMs` */
export function run(command: string, args: readonly string[], cwd: string, patienceMs = 600_000): void {
  execFileSync(command, args, { cwd, stdio: ["ignore", "ignore", "pipe"], timeout: patienceMs });
}
