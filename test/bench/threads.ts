/** What threads cost, and what they bring: real work, the counting of primes, of about so many milliseconds a task. */
import { fileURLToPath } from "node:url";
import { Server, silentLogger } from "machinery-ts";
import { Piscina } from "piscina";
import { dispatch, senders } from "../../generated/index.js";
import * as handlers from "../../tasks/index.js";
import type { Bench } from "./bench.js";
import { type Case, median } from "./measure.js";
import { limitFor } from "./prime-limit.js";

const url = (path: string): URL => new URL(path, import.meta.url);

/** Tasks under way at once, so that no thread waits for the next one. */
const IN_FLIGHT = 8;

/** So many tasks go first, until the code of the whole way is compiled: some seconds in the life of a worker. */
const WARM_UP = 10_000;

type Send = ReturnType<typeof senders>;
type OpenCase = Case & { close(): Promise<void> };

export async function threadBench(bench: Bench): Promise<void> {
  const [short, long] = [limitFor(1), limitFor(20)];
  const both = [bareThreads(2, short, bench.count(2000)), await ownThreads(2, short, bench.count(2000))];
  for (const one of both) await one.run(bench.count(WARM_UP));
  const beside = "Tasks of 1 ms on 2 threads, 8 in flight, beside Piscina alone with the same function";
  await compare(bench, "threads-dispatch", beside, both);
  const oneAndTwo = [await ownThreads(1, long, bench.count(100)), await ownThreads(2, long, bench.count(100))];
  await compare(bench, "threads-speed-up", "Tasks of 20 ms, on 1 thread and on 2", oneAndTwo);
  await compareInline(bench, long);
}

async function compare(bench: Bench, name: string, title: string, cases: readonly OpenCase[]): Promise<void> {
  await bench.compare(name, title, cases);
  for (const one of cases) await one.close();
}

function bareThreads(threads: number, limit: number, count: number): OpenCase {
  const filename = fileURLToPath(url("../../tasks/primes.js"));
  const piscina = new Piscina({ filename, name: "count_primes", minThreads: threads, maxThreads: threads });
  return {
    name: "Piscina alone",
    count,
    run: lanes(
      IN_FLIGHT,
      checked(limit, () => piscina.run(limit)),
    ),
    close: () => piscina.destroy(),
  };
}

async function ownThreads(size: number, limit: number, count: number): Promise<OpenCase> {
  const { server, send } = await worker(size);
  return {
    name: size === 1 ? "1 thread" : `${size} threads`,
    count,
    run: lanes(
      IN_FLIGHT,
      checked(limit, async () => (await send.count_primes(limit)).get()),
    ),
    close: () => server.close(),
  };
}

/** A rate of wrong answers is no rate. */
function checked(limit: number, count: () => Promise<number>): () => Promise<void> {
  const right = handlers.count_primes(limit);
  return async () => {
    const primes = await count();
    if (primes !== right) throw new Error(`${primes} primes up to ${limit}, not ${right}`);
  };
}

let servers = 0;

async function worker(size: number): Promise<{ server: Server; send: Send }> {
  const server = await Server.connect({ broker: `memory:threads-${++servers}`, logger: silentLogger, resultsExpireIn: 60 });
  const threads = { dispatch: url("../../generated/index.js"), handlers: url("../../tasks/index.js"), size };
  await server.newWorker("bench", { handlers: dispatch(handlers), threads, concurrency: IN_FLIGHT + 1 }).start();
  return { server, send: senders(server) };
}

function lanes(width: number, once: () => Promise<unknown>): (count: number) => Promise<void> {
  return async (count) => {
    let left = count;
    const lane = async (): Promise<void> => {
      while (left-- > 0) await once();
    };
    await Promise.all(Array.from({ length: width }, lane));
  };
}

/** How long an inline task takes to its result while both threads are busy, beside the same while they are idle: medians, in µs. */
async function compareInline(bench: Bench, limit: number): Promise<void> {
  const { server, send } = await worker(2);
  const count = bench.count(2000);
  const half = async (): Promise<number> => {
    const times: number[] = [];
    for (let i = 0; i < count; i++) {
      const start = process.hrtime.bigint();
      await (await send.add(1n, 1n)).get();
      times.push(Number(process.hrtime.bigint() - start) / 1e3);
      // A caller that does something else in between.
      await new Promise((resolve) => setImmediate(resolve));
    }
    return median(times.sort((a, b) => a - b));
  };
  const busily = async (): Promise<number> => {
    let busy = true;
    const load = Array.from({ length: 4 }, async () => {
      while (busy) await (await send.count_primes(limit)).get();
    });
    const time = await half();
    busy = false;
    await Promise.all(load);
    return time;
  };
  const sides = [
    { name: "idle threads", count, once: half },
    { name: "2 busy threads", count, once: busily },
  ];
  const title = "Round trip of an inline task, while 2 threads are idle and while they are busy";
  await bench.compareBy({ name: "threads-inline", title, unit: "µs" }, sides, ({ once }) => once());
  await server.close();
}
