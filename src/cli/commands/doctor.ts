import type { Command } from "commander";
import { addConnectionOptions, type ConnectionOptions, withServer } from "../connection.js";
import { duration } from "../option-values.js";

interface Options extends ConnectionOptions {
  readonly longestTask?: number;
}

export function addDoctor(program: Command): void {
  const command = program
    .command("doctor")
    .summary("look for what does not fit in a queue's set-up")
    .description(
      "Connects to the broker and the result backend, and says what does not fit in how a queue is set up: on RabbitMQ, a queue that Go " +
        "senders fill and nobody empties, arguments that differ, a consumer time-out that is shorter than a task. Changes nothing. Exits " +
        "with 1 if there is something.",
    )
    .argument("[queue]", "default: the default queue")
    .option("--longest-task <duration>", "how long the longest task may run, such as 45m", duration);
  addConnectionOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  $ machinery doctor
  $ machinery doctor images --longest-task 45m --broker amqp://guest:guest@localhost:5672/`,
    )
    .action((queue: string | undefined, options: Options) =>
      withServer(options, async (server) => {
        const view = server.getBroker();
        const name = queue ?? server.config.defaultQueue;
        const { pending, dead } = await view.inspect(name);
        process.stdout.write(`broker and result backend answer; ${name}: ${pending} pending, ${dead} dead\n`);
        const findings = await view.examine(name, options.longestTask);
        for (const finding of findings) process.stdout.write(`- ${finding}\n`);
        if (findings.length > 0) process.exitCode = 1;
      }),
    );
}
