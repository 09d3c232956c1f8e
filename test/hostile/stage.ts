import { setTimeout as sleep } from "node:timers/promises";
import type { ExecutionContext } from "ava";
import { type Logger, Server, silentLogger, type WorkerOptions } from "machinery-ts";
import { senders } from "../../generated/index.js";
import type { Broker } from "../../src/brokers/broker.js";
import { resolveConfig } from "../../src/config/config.js";
import { openBroker } from "../../src/connect.js";
import * as handlers from "../../tasks/index.js";
import { namespace } from "../services/namespace.js";
import { removeFolder, temporaryFolder } from "../services/temporary-folder.js";
import { dispatch } from "../worker/tutorial.js";

/** Where messages are, and where results: by URL. */
export interface Places {
  readonly broker: string;
  readonly resultBackend: string;
  /** @param name what the names of queues and exchanges begin with */
  close?(name: string): Promise<unknown>;
}

/** A folder of its own for both. */
export async function filePlaces(): Promise<Places> {
  const folder = await temporaryFolder();
  const url = `file:${folder}`;
  return { broker: url, resultBackend: url, close: () => removeFolder(folder) };
}

/** A server with queues of its own, and the broker as any other program could have it. */
export interface Stage {
  readonly server: Server;
  readonly send: ReturnType<typeof senders>;
  readonly broker: Broker;
  readonly queue: string;
  work(options?: WorkerOptions): Promise<void>;
  publish(bodies: readonly Uint8Array[]): Promise<void>;
}

export async function stage(t: ExecutionContext, places: Places, logger: Logger = silentLogger): Promise<Stage> {
  const { broker: url, resultBackend } = places;
  const name = namespace(t);
  const queue = `${name}.queue`;
  const options = {
    broker: url,
    resultBackend,
    defaultQueue: queue,
    amqp: { exchange: `${name}.exchange`, bindingKey: queue, queueDeclareArgs: { "x-expires": 600_000 } },
  };
  const server = await Server.connect({ ...options, logger });
  const broker = await openBroker(url, await resolveConfig(options));
  t.teardown(async () => {
    await server.close();
    await broker.close();
    await places.close?.(name);
  });
  await broker.declare([queue]);
  return {
    server,
    send: senders(server),
    broker,
    queue,
    work: (workerOptions) =>
      server.newWorker("hostile", { handlers: dispatch(handlers), concurrency: 4, graceMs: 0, ...workerOptions }).start(),
    async publish(bodies) {
      const outcomes = await broker.publish(bodies.map((body) => ({ id: "raw", queue, body })));
      for (const outcome of outcomes) if (outcome.status !== "ok") throw outcome.error;
    },
  };
}

/** Asks until it is so. */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (let asked = 0; asked < 3000; asked++) {
    if (await isSo()) return;
    await sleep(20);
  }
  throw new Error(`${what}: it does not come to that`);
}
