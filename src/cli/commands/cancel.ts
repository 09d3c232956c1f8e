import type { Command } from "commander";
import type { Cancellation } from "../../results/canceller.js";
import { addConnectionOptions, type ConnectionOptions, withServer } from "../connection.js";
import { print, printJson } from "../outcome.js";

interface Options extends ConnectionOptions {
  readonly json?: boolean;
}

export function addCancel(program: Command): void {
  const command = program
    .command("cancel")
    .summary("cancel tasks")
    .description(
      "Ends tasks that have not ended yet, wherever they are, and prints what became of each. One that waits will not run. One that " +
        "runs is told to end: on a thread it ends, with its thread if need be; on a worker's event loop it is asked to, and may go on, " +
        "but its result counts for nothing. Exits with 1 where one of them had ended before.",
    )
    .argument("<uuid...>", "the tasks' ids, as machinery send prints them")
    .option("--json", "print JSON, a line for each");
  addConnectionOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  $ machinery cancel task_6f1c2a6e-8a3b-4d21-9d0e-0b6f5f5f3c11
  $ machinery cancel $(cat uuids.txt) --json`,
    )
    .action((uuids: string[], options: Options) =>
      withServer(options, async (server) => {
        const { notices } = server.getBroker().capabilities;
        for (const cancellation of await server.cancel(uuids)) {
          const { uuid, cancelled, before = null } = cancellation;
          if (options.json) printJson({ uuid, cancelled, before });
          else print(`${uuid} ${wordsFor(cancellation, notices)}`);
          if (!cancelled) process.exitCode = 1;
        }
      }),
    );
}

function wordsFor({ cancelled, before }: Cancellation, notices: boolean): string {
  if (!cancelled) return `not cancelled: it had ended before (${before})`;
  switch (before) {
    case "RECEIVED":
    case "STARTED":
      return notices
        ? "cancelled: it was running, and its worker is told; on a thread it ends, on the event loop it is asked to"
        : "cancelled: it was running, and runs to its end, for this broker carries no notices; its result counts for nothing";
    case "PENDING":
    case "RETRY":
      return "cancelled: it waited, and will not run";
    case "FAILURE":
      return "cancelled: it had been before";
    default:
      return "cancelled: nothing was known of it; should there be a message for it, it will not run";
  }
}
