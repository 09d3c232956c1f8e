import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * What this process started ends with it, however it ends: a shell in a session of its own waits for the end of a pipe that only this
 * process holds, then kills what is left and deletes this process's temporary folder.
 */
const SCRIPT = `
trap "" INT TERM HUP
while read -r what rest; do
  case $what in
    kill) processes=$rest ;;
    run) commands="$commands
$rest" ;;
  esac
done
[ -n "$processes" ] && kill -s KILL -- $processes 2>/dev/null
eval "$commands" >/dev/null 2>&1
rm -rf -- "$0" 2>/dev/null || { sleep 1; rm -rf -- "$0"; }
`;

class Leash {
  /** Deleted at the end. Without symbolic links in its path. */
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), "machinery-services-")));
  readonly #held = new Set<number>();
  readonly #shell: ChildProcess;

  constructor() {
    this.#shell = spawn("/bin/sh", ["-c", SCRIPT, this.folder], {
      detached: true,
      env: { ...process.env, PATH: `${process.env.PATH}:/usr/bin:/bin` },
      stdio: ["pipe", "ignore", "ignore"],
    });
    // Neither keeps this process from ending.
    this.#shell.unref();
    (this.#shell.stdin as unknown as { unref(): void }).unref();
    this.#shell.stdin!.on("error", () => {});
  }

  /** @param target a process's id; a negative one stands for its whole group, as with kill(1) */
  hold(target: number): void {
    this.#held.add(target);
    this.#tell();
  }

  release(target: number): void {
    if (this.#held.delete(target)) this.#tell();
  }

  /** A command for the shell to run at the end. */
  runAtEnd(command: string): void {
    this.#shell.stdin!.write(`run ${command}\n`);
  }

  /** Ends everything now. */
  async end(): Promise<void> {
    this.#shell.ref();
    const gone = new Promise((resolve) => this.#shell.once("exit", resolve));
    this.#shell.stdin!.end();
    await gone;
  }

  #tell(): void {
    this.#shell.stdin!.write(`kill ${[...this.#held].join(" ")}\n`);
  }
}

let leash: Leash | undefined;

/** This process's leash. */
export function ownLeash(): Leash {
  leash ??= new Leash();
  return leash;
}

/** Ends all that this process has started, if it has. */
export async function endAll(): Promise<void> {
  await leash?.end();
  leash = undefined;
}
