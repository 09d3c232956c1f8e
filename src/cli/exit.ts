import { CommanderError } from "commander";
import { Interrupted } from "./interrupt.js";
import { paint, printable } from "./terminal.js";

/** What the exit codes mean, for the help. */
export const exitCodes: readonly (readonly [code: string, meaning: string])[] = [
  ["0", "it worked"],
  [
    "1",
    "the task failed, has no result (yet), or could not be sent; generated code is not as the contract gives it, or the contract is not as it should be",
  ],
  ["2", "the command, the contract or the configuration is wrong: nothing was sent"],
  ["3", "a worker has stopped in order, to be started again: its memory was above --max-rss"],
  ["130, 143", "stopped by Ctrl-C (SIGINT), by SIGTERM"],
];

/** Families of errors that the user has to mend before the command can work. */
const mistakes = /^ERR_(?:ARG|CONFIG|MSG|PROJECT|QUEUE_NAME|SIG|STORE|TASK_UNKNOWN|UNSUPPORTED|URL|HANDLER_MISSING)(?:_|$)/;
const generatorMistakes = /^ERR_(?:AGAINST|PATH|OUTPUT|PACKAGE|RUNTIME|SCHEMA_FILE)$/;

/** Tells the user of an error; the exit code for it. The stack is for who asks for it. */
export function report(error: unknown, verbose = false): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // it has had its say
  if (error instanceof Interrupted) {
    process.stderr.write(`${error.message}\n`);
    return error.exitCode;
  }
  const message = error instanceof Error ? error.message || error.name : String(error);
  process.stderr.write(`${paint(process.stderr, "red", "error:")} ${printable(message, process.stderr)}\n`);
  if (verbose && error instanceof Error && error.stack !== undefined) process.stderr.write(`${stackOf(error)}\n`);
  const code = String((error as { code?: unknown } | null)?.code);
  return mistakes.test(code) || generatorMistakes.test(code) ? 2 : 1;
}

/** The frames of an error and of what caused it. */
function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${error.cause.message}\n${stackOf(error.cause)}` : "";
  const frames = error.stack?.split("\n").filter((line) => /^\s+at /.test(line)) ?? [];
  return frames.join("\n") + cause;
}
