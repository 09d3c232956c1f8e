import type { Command } from "commander";
import { confirm } from "../confirm.js";
import { addConnectionOptions, type ConnectionOptions, withServer } from "../connection.js";

interface Options extends ConnectionOptions {
  readonly delayed?: boolean;
  readonly yes?: boolean;
}

export function addPurge(program: Command): void {
  const command = program
    .command("purge")
    .summary("delete the tasks that wait in a queue")
    .description("Deletes the tasks that wait in a queue, for good. Those that are being run are left alone.")
    .argument("<queue>")
    .option("--delayed", "those that are not due yet as well")
    .option("-y, --yes", "do not ask");
  addConnectionOptions(command)
    .addHelpText(
      "after",
      `
Dead letters are left alone too: see machinery dead purge.

Examples:
  $ machinery purge images
  $ machinery purge images --delayed --yes`,
    )
    .action((queue: string, options: Options) =>
      withServer(options, async (server) => {
        const view = server.getBroker();
        const counts = await view.inspect(queue);
        const count = counts.pending + (options.delayed ? (counts.delayed ?? 0) : 0);
        const question = `Delete ${count} tasks of ${queue}?`;
        if (count > 0 && !(await confirm(command, question, options.yes))) return;
        let deleted = await view.purge(queue, "pending");
        if (options.delayed) deleted += await view.purge(queue, "delayed");
        process.stdout.write(`${deleted} deleted\n`);
      }),
    );
}
