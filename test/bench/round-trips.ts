import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Server, silentLogger } from "machinery-ts";
import { senders } from "../../generated/index.js";
import * as handlers from "../../tasks/index.js";
import { dispatch } from "../worker/tutorial.js";
import type { Case } from "./measure.js";

/** Calls under way at once, and the worker's slots. */
const IN_FLIGHT = 500;

export type OpenCase = Case & { close(): Promise<void> };

/** The handlers alone, called as often: what nothing but the handlers costs. */
export function bareLoop(count: number): Case {
  return {
    name: "bare loop over the handlers",
    count,
    async run(n) {
      for (let i = 0; i < n; i++) check(await handlers.add(1n, BigInt(i)), i);
    },
  };
}

/** From `send.add` to its result, sender and worker in this process: encode, validate, queue, decode, dispatch, every state. */
export async function inOneProcess(count: number): Promise<OpenCase> {
  const server = await connect("memory:bench");
  await server.newWorker("bench", { handlers: dispatch(handlers), concurrency: IN_FLIGHT }).start();
  return { name: "memory:, one process", count, run: roundTrips(server), close: () => server.close() };
}

/** The same with the worker in a process of its own, over a folder that both share: what is stored outlives either. */
export async function overTwoProcesses(count: number): Promise<OpenCase> {
  const folder = await mkdtemp(join(tmpdir(), "machinery-bench-"));
  const url = `file:${folder}`;
  const worker = await startWorker(url);
  const server = await connect(url);
  return {
    name: "file:, two processes",
    count,
    run: roundTrips(server),
    async close() {
      await server.close();
      const gone = once(worker, "exit");
      worker.disconnect();
      await gone;
      await rm(folder, { recursive: true });
    },
  };
}

function connect(url: string): Promise<Server> {
  return Server.connect({ broker: url, logger: silentLogger, resultsExpireIn: 60 });
}

async function startWorker(url: string): Promise<ChildProcess> {
  const worker = fork(fileURLToPath(new URL("./worker.js", import.meta.url)), [url, String(IN_FLIGHT)]);
  await once(worker, "message");
  return worker;
}

function roundTrips(server: Server): (count: number) => Promise<void> {
  const send = senders(server);
  return async (count) => {
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < count) {
        const i = next++;
        check(await (await send.add(1n, BigInt(i))).get(), i);
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  };
}

/** Every result is looked at: a rate of wrong answers is no rate. */
function check(sum: bigint, i: number): void {
  if (sum !== BigInt(i + 1)) throw new Error(`add(1, ${i}) gave ${sum}`);
}
