import type { Command } from "commander";
import { confirm } from "../confirm.js";
import { addConnectionOptions, type ConnectionOptions, withServer } from "../connection.js";
import { addList } from "./pending.js";

export function addDead(program: Command): void {
  const dead = program
    .command("dead")
    .summary("look after dead letters")
    .description(
      "Dead letters are messages that no worker can run: they cannot be read, no worker knew the task for a day, or workers died " +
        "over them again and again. They are kept apart, with the reason, until somebody decides.",
    )
    .addHelpText(
      "after",
      `
Examples:
  $ machinery dead list
  $ machinery dead redrive images
  $ machinery dead purge images --yes`,
    );
  addList(dead.command("list"), "dead").description("Shows the dead letters of a queue, oldest first, and why they are dead.");

  addConnectionOptions(dead.command("redrive").argument("[queue]", "default: the default queue"))
    .description("Puts the dead letters of a queue back at its end, oldest first, for another try. Their old states are forgotten.")
    .action((queue: string | undefined, options: ConnectionOptions) =>
      withServer(options, async (server) => {
        const view = server.getBroker();
        const { dead: count } = await view.inspect(queue);
        let moved = 0;
        // Those there were at the start: what dies again meanwhile stays for the next time.
        while (moved < count) {
          const some = await view.redrive(queue, Math.min(count - moved, 1000));
          if (some === 0) break;
          moved += some;
          if (moved < count && process.stderr.isTTY) process.stderr.write(`${moved} of ${count}\n`);
        }
        process.stdout.write(`${moved} put back\n`);
      }),
    );

  const purge = dead.command("purge").argument("[queue]", "default: the default queue");
  addConnectionOptions(purge)
    .description("Deletes the dead letters of a queue, for good.")
    .option("-y, --yes", "do not ask")
    .action((queue: string | undefined, options: ConnectionOptions & { readonly yes?: boolean }) =>
      withServer(options, async (server) => {
        const view = server.getBroker();
        const { dead: count } = await view.inspect(queue);
        const question = `Delete ${count} dead letters of ${queue ?? server.config.defaultQueue}?`;
        if (count > 0 && !(await confirm(purge, question, options.yes))) return;
        process.stdout.write(`${await view.purge(queue, "dead")} deleted\n`);
      }),
    );
}
