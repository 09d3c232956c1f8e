import type { Command } from "commander";

/** Asks before something that cannot be undone; where there is nobody to ask, `--yes` must have been said. */
export async function confirm(command: Command, question: string, yes = false): Promise<boolean> {
  if (yes) return true;
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    command.error("error: this cannot be undone, and there is nobody to ask: say --yes");
  const { createInterface } = await import("node:readline/promises");
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(?:es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}
