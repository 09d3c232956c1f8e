import type { Command } from "commander";
import { MachineryError } from "../../errors.js";
import { addConnectionOptions, type ConnectionOptions, withServer } from "../connection.js";
import { duration } from "../option-values.js";
import { Project } from "../project.js";

interface Options extends ConnectionOptions {
  readonly longestTask?: number;
  readonly generated?: string;
}

export function addDoctor(program: Command): void {
  const command = program
    .command("doctor")
    .summary("look for what does not fit in a queue's set-up")
    .description(
      "Connects to the broker and the result backend, and says what does not fit in how a queue is set up: on RabbitMQ, a queue that Go " +
        "senders fill and nobody empties, arguments that differ, a consumer time-out that is shorter than what the contract allows a task of " +
        "that queue (30 minutes are assumed, RabbitMQ's own default, unless amqp.queue_declare_args has x-consumer-timeout: the server does " +
        "not tell what its consumer_timeout is). Changes nothing. Exits with 1 if there is something.",
    )
    .argument("[queue]", "default: the default queue")
    .option(
      "--longest-task <duration>",
      "how long the longest task may run, such as 45m (default: by the contract's time-outs)",
      duration,
    )
    .option("--generated <folder>", "the generated code, compiled (default: dist/generated, where there is one)");
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
        const longest = options.longestTask ?? (await longestByContract(name, server.config.defaultQueue, options.generated));
        const findings = await view.examine(name, longest);
        for (const finding of findings) process.stdout.write(`- ${finding}\n`);
        if (findings.length > 0) process.exitCode = 1;
      }),
    );
}

/** The longest time-out of a task of that queue, in milliseconds; `undefined` where no project is here, or none has one. */
async function longestByContract(queue: string, defaultQueue: string, generated: string | undefined): Promise<number | undefined> {
  try {
    const definitions = await (await Project.read()).definitions(generated);
    const timeouts = [...definitions.values()]
      .filter(({ policy }) => (policy.queue ?? defaultQueue) === queue)
      .flatMap(({ policy: { timeoutMs } }) => (timeoutMs === undefined ? [] : [timeoutMs]));
    return timeouts.length > 0 ? Math.max(...timeouts) : undefined;
  } catch (error) {
    if (generated === undefined && error instanceof MachineryError && error.code === "ERR_PROJECT") return undefined;
    throw error;
  }
}
