import type { Command } from "commander";
import type { MessagePlace } from "../../brokers/broker.js";
import { addConnectionOptions, type ConnectionOptions, withServer } from "../connection.js";
import { type ListOptions, printMessages } from "../message-list.js";
import { wholeNumber } from "../option-values.js";

export function addPending(program: Command): void {
  const command = program.command("pending").summary("show the tasks that wait in a queue");
  addList(command, "pending").description("Shows the tasks that wait in a queue, next one first, and takes none of them.");
}

export function addDelayed(program: Command): void {
  const command = program.command("delayed").summary("show the tasks that are not due yet");
  addList(command, "delayed").description("Shows the tasks of a queue that are not due yet, next one first.");
}

/** What the commands that list messages have in common. */
export function addList(command: Command, where: MessagePlace): Command {
  command
    .argument("[queue]", "default: the default queue")
    .option("--limit <number>", "show at most so many", wholeNumber(1, 1_000_000), 100)
    .option("--json", "print JSON: the messages as they stand");
  return addConnectionOptions(command).action((queue: string | undefined, options: ListOptions & ConnectionOptions) =>
    withServer(options, async (server) => printMessages(server.getBroker(), queue ?? server.config.defaultQueue, where, options)),
  );
}
