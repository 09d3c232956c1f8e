import { availableParallelism, hostname } from "node:os";
import { type Command, Option } from "commander";
import type { Dispatch } from "../../gen/v1/dispatcher.js";
import { createLogger, type Logger } from "../../logger.js";
import { systemClock } from "../../util/clock.js";
import type { Worker, WorkerOptions } from "../../worker/worker.js";
import { addConnectionOptions, type ConnectionOptions, withServer } from "../connection.js";
import { RESTART_CODE, watchMemory } from "../memory-limit.js";
import { wholeNumber } from "../option-values.js";
import { Project, type ProjectModules, type ProjectPaths } from "../project.js";
import { readableLogger } from "../readable-log.js";

const MAX_MIB = 2 ** 20;

interface Options extends ConnectionOptions {
  readonly queue?: readonly string[];
  readonly concurrency?: number;
  readonly threads?: number;
  readonly threadMemory?: number;
  readonly processes?: number;
  readonly maxRss?: number;
  /** Which of a supervisor's processes this one is; for the supervisor to say. */
  readonly process?: number;
  readonly tag?: string;
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
      "how many threads a process has for tasks whose contract says run: thread (default: one for each core, shared among the processes)",
      wholeNumber(1, 1000),
    )
    .option(
      "--thread-memory <MiB>",
      "how much memory the objects of a thread may take; a task that needs more fails (default: Node's own limit)",
      wholeNumber(16, MAX_MIB),
    )
    .option(
      "-p, --processes <number>",
      "run so many of these workers, each a process; one that dies is started again (default: this process, alone)",
      wholeNumber(1, 1000),
    )
    .option(
      "--max-rss <MiB>",
      "above so much memory a process takes no more, finishes and ends, with 3; with --processes, another one takes its place",
      wholeNumber(128, MAX_MIB),
    )
    .addOption(new Option("--process <number>").argParser(wholeNumber(1, 1000)).hideHelp())
    .option("--tag <name>", "what the worker is called in logs (default: the host's name and the process's number)")
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
  $ machinery worker --processes 4 --max-rss 1024
  $ machinery worker --broker redis://localhost:6379`,
    )
    .action(work);
}

async function work(options: Options): Promise<void> {
  const logger = options.log === "json" ? createLogger() : readableLogger(process.stderr);
  if (options.processes !== undefined && options.process === undefined) {
    process.exitCode = await supervise(options.processes, logger);
    return;
  }
  const { table, modules } = await (await Project.read()).dispatch(pathsOf(options));
  if (options.log === "readable") await logTasks(logger);
  await withServer(
    options,
    (server) => launch(server.newWorker(tagOf(options), workerOptions(options, table, modules)), options, logger),
    logger,
  );
}

async function supervise(processes: number, logger: Logger): Promise<number> {
  const { Supervisor } = await import("../supervisor/supervisor.js");
  const argsOf = (number: number): string[] => [...process.argv.slice(2), "--process", String(number)];
  return new Supervisor({ processes, argsOf, clock: systemClock, logger }).run();
}

/** Until it is stopped: by a signal, by the supervisor if there is one, or because this process takes too much memory. */
async function launch(worker: Worker, { process: number, maxRss }: Options, logger: Logger): Promise<void> {
  // Whoever launched it hears of what goes wrong.
  const stop = (): void => void worker.stop().catch(() => {});
  if (number !== undefined) {
    const { listenToSupervisor } = await import("../supervisor/supervised.js");
    const supervisor = listenToSupervisor((reason) => {
      if (reason === "orphaned") logger.warn("the supervisor is gone: stopping");
      stop();
    });
    const { events } = await import("../../events.js");
    events.workerStarted.subscribe(() => supervisor.started());
  }
  if (maxRss !== undefined) {
    watchMemory(maxRss, systemClock, (mb) => {
      logger.warn({ worker: worker.tag, rss: mb, maxRss }, "this process takes more memory than it may, in MiB: stopping");
      process.exitCode = RESTART_CODE;
      stop();
    });
  }
  await worker.launch();
}

function workerOptions(
  { queue, concurrency, processes = 1, threads, threadMemory }: Options,
  handlers: Dispatch,
  modules: ProjectModules,
): WorkerOptions {
  return {
    handlers,
    threads: {
      ...modules,
      size: threads ?? Math.max(1, Math.floor(availableParallelism() / processes)),
      ...(threadMemory !== undefined && { maxHeapMb: threadMemory }),
    },
    ...(queue !== undefined && { queues: queue }),
    ...(concurrency !== undefined && { concurrency }),
  };
}

function pathsOf({ generated, handlers }: Options): Pick<ProjectPaths, "generated" | "handlers"> {
  return { ...(generated !== undefined && { generated }), ...(handlers !== undefined && { handlers }) };
}

function tagOf({ tag, process: number }: Options): string {
  if (tag === undefined) return `${hostname()}-${process.pid}`;
  return number === undefined ? tag : `${tag}-${number}`;
}

/** A line for each task that went well; the worker itself speaks of the others. */
async function logTasks(logger: Logger): Promise<void> {
  const { events } = await import("../../events.js");
  events.taskEnded.subscribe((message) => {
    const { name, uuid, state } = message as { name: string; uuid: string; state: string };
    if (state === "SUCCESS") logger.info({ uuid }, `${name} succeeded`);
  });
}
