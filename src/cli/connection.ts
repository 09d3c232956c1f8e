import type { Command } from "commander";
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

/** `ServerOptions` out of the command's. */
export function serverOptions({ broker, resultBackend, config }: ConnectionOptions) {
  return {
    ...(broker !== undefined && { broker }),
    ...(resultBackend !== undefined && { resultBackend }),
    ...(config !== undefined && { configFile: config }),
  };
}

/** Connects, does the work, and closes the connection. */
export async function withServer<T>(options: ConnectionOptions, work: (server: Server) => Promise<T>): Promise<T> {
  const { Server } = await import("../server/server.js");
  await using server = await Server.connect({ ...serverOptions(options), logger: readableLogger(process.stderr) });
  return await work(server);
}
