import { hostname } from "node:os";
import { type Command, Option } from "commander";
import { createLogger, type Logger } from "../../logger.js";
import type { Server } from "../../server/server.js";
import { addConnectionOptions, type ConnectionOptions, withServer } from "../connection.js";
import { wholeNumber } from "../option-values.js";
import { Project } from "../project.js";
import { readableLogger } from "../readable-log.js";

interface Options extends ConnectionOptions {
  readonly queue?: readonly string[];
  readonly concurrency?: number;
  readonly threads?: number;
  readonly tag: string;
  readonly generated?: string;
  readonly handlers?: string;
  readonly log: "readable" | "json";
}

export function addWorker(program: Command): void {
  const command = program
    .command("worker")
    .summary("run tasks")
    .description(
      "Takes tasks from queues and runs the project's handlers for them, until Ctrl-C or SIGTERM: then it takes no more, lets those " +
        "that run finish, and gives back those that do not finish in time. The same signal again ends it at once; nothing is lost.",
    )
    .option("-q, --queue <name...>", "take tasks from these queues (default: the default queue)")
    .option("-c, --concurrency <number>", "how many tasks run at once (default: 10)", wholeNumber(1, 10_000))
    .option(
      "-t, --threads <number>",
      "how many threads there are for tasks whose contract says run: thread (default: one for each core)",
      wholeNumber(1, 1000),
    )
    .option("--tag <name>", "what the worker is called in logs", `${hostname()}-${process.pid}`)
    .option("--generated <folder>", "the generated code, compiled (default: dist/generated)")
    .option("--handlers <file>", "the module of the handlers, compiled (default: dist/tasks/index.js)")
    .addOption(
      new Option("--log <format>", "how to log on stderr: lines to read, or JSON")
        .choices(["readable", "json"])
        .default(process.stderr.isTTY ? "readable" : "json", "readable on a terminal, else json"),
    );
  addConnectionOptions(command)
    .addHelpText(
      "after",
      `
Where the code is may stand in package.json: "machinery": { "generated": …, "handlers": … }.
MACHINERY_LOG_LEVEL says how much is logged: debug, info, warn, error or silent.

Examples:
  $ machinery worker
  $ machinery worker --queue images --queue mail --concurrency 50
  $ machinery worker --queue films --concurrency 4 --threads 4
  $ machinery worker --broker redis://localhost:6379`,
    )
    .action(work);
}

async function work({ queue, concurrency, threads, tag, generated, handlers, log, ...connection }: Options): Promise<void> {
  const paths = { ...(generated !== undefined && { generated }), ...(handlers !== undefined && { handlers }) };
  const logger = log === "json" ? createLogger() : readableLogger(process.stderr);
  const project = await Project.read();
  const { table, modules } = await project.dispatch(paths);
  if (log === "readable") await logTasks(logger);
  const launch = (server: Server): Promise<void> =>
    server
      .newWorker(tag, {
        handlers: table,
        threads: { ...modules, ...(threads !== undefined && { size: threads }) },
        ...(queue !== undefined && { queues: queue }),
        ...(concurrency !== undefined && { concurrency }),
      })
      .launch();
  await withServer(connection, launch, logger);
}

/** A line for each task that went well; the worker itself speaks of the others. */
async function logTasks(logger: Logger): Promise<void> {
  const { events } = await import("../../events.js");
  events.taskEnded.subscribe((message) => {
    const { name, uuid, state } = message as { name: string; uuid: string; state: string };
    if (state === "SUCCESS") logger.info({ uuid }, `${name} succeeded`);
  });
}
