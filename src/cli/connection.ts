import type { Command } from "commander";
import { MachineryError } from "../errors.js";
import type { Logger } from "../logger.js";
import type { Server } from "../server/server.js";
import { readableLogger } from "./readable-log.js";

/** What the commands that connect have in common. */
export interface ConnectionOptions {
  readonly broker?: string;
  readonly resultBackend?: string;
  readonly config?: string;
}

export function addConnectionOptions(command: Command): Command {
  return command
    .option("--broker <url>", "where tasks are queued (default: BROKER, machinery.yml, else file:.machinery)")
    .option("--result-backend <url>", "where results are kept (default: RESULT_BACKEND, machinery.yml, else the broker)")
    .option("--config <file>", "the configuration file (default: MACHINERY_CONFIG, else machinery.yml)");
}

/**
 * Connects, does the work, and closes the connection.
 *
 * @param logger default: lines to read, on stderr
 * @throws MachineryError `ERR_UNSUPPORTED` for a broker that no other process could share; whatever connecting and the work throw
 */
export async function withServer<T>(
  { broker, resultBackend, config }: ConnectionOptions,
  work: (server: Server) => Promise<T>,
  logger: Logger = readableLogger(process.stderr),
): Promise<T> {
  const { Server } = await import("../server/server.js");
  await using server = await Server.connect({
    logger,
    noUnixSignals: false, // they are what a worker on the command line is stopped by
    ...(broker !== undefined && { broker }),
    ...(resultBackend !== undefined && { resultBackend }),
    ...(config !== undefined && { configFile: config }),
  });
  if (!server.getBroker().capabilities.shared) {
    throw new MachineryError("ERR_UNSUPPORTED", "this one lives within one process, and a command is a process of its own.", {
      at: "broker",
      hint: "Use file:<folder> to share a queue among the processes of this machine.",
    });
  }
  return await work(server);
}
