import type { Command } from "commander";
import { addConnectionOptions, type ConnectionOptions, withServer } from "../connection.js";
import { interruptible } from "../interrupt.js";
import { duration } from "../option-values.js";
import { printOutcome, waitForEnd } from "../outcome.js";
import { ProgressLine } from "../progress-line.js";

interface Options extends ConnectionOptions {
  readonly watch?: boolean;
  readonly timeout?: number;
  readonly json?: boolean;
}

export function addResult(program: Command): void {
  const command = program
    .command("result")
    .summary("show what became of a task")
    .description(
      "Prints the results of a task that was sent before. Exits with 1 where it has failed, is not known, or has not ended.",
    )
    .argument("<uuid>", "the task's id, as machinery send prints it")
    .option("-w, --watch", "wait for the task to end, and show its states and its progress on the way")
    .option("--timeout <duration>", "watch no longer than this, such as 5s", duration)
    .option("--json", "print JSON");
  addConnectionOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  $ machinery result task_6f1c2a6e-8a3b-4d21-9d0e-0b6f5f5f3c11
  $ machinery result task_6f1c2a6e-8a3b-4d21-9d0e-0b6f5f5f3c11 --watch --json`,
    )
    .action((uuid: string, options: Options) => withServer(options, (server) => show(server.asyncResult(uuid), options)));
}

async function show(result: Parameters<typeof waitForEnd>[0], { watch, timeout, json }: Options): Promise<void> {
  let state = await result.getState();
  if (watch && !state.isCompleted()) {
    const line = new ProgressLine(process.stderr);
    const options = { onProgress: line.progress, ...(timeout !== undefined && { timeoutMs: timeout }) };
    state = await interruptible(
      (signal) => waitForEnd(result, { ...options, signal }, line.state),
      () => "\nThe task goes on; ask again the same way.",
    ).finally(line.stop);
  }
  printOutcome(state, json);
  if (!state.isCompleted()) process.exitCode = 1;
}
