import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { ExecutionContext } from "ava";
import {
  type AsyncResult,
  chain,
  chord,
  group,
  MachineryError,
  RetryLater,
  Server,
  signature,
  silentLogger,
  taskContext,
} from "machinery-ts";
import { FaultProxy } from "../services/proxy.js";
import { service } from "../services/service.js";
import { temporaryFolder } from "../services/temporary-folder.js";
import { amount, tellFigure } from "./figures.js";
import { count, full, howToRepeat, randomOf } from "./profile.js";
import type { Random } from "./random.js";

const redis = await service("redis");
const rabbitmq = await service("rabbitmq");
const memcached = await service("memcached");
const mongodb = await service("mongodb");
const test = [redis, rabbitmq, memcached, mongodb].find(({ url }) => url === "")?.test ?? redis.test;

const title = "everything at random, and nothing grows";
const file = "test/chaos/soak.test.ts";
const seconds = count(24, 1_800);
/** How often what the process holds is looked at, at rest: as often as this in all. */
const looks = count(6, 60);
const patienceMs = 60_000;
/** How many tasks of one world may be under way: fewer where FerretDB may be in the place of MongoDB, which goes through its whole collections. */
const atOnce = (resultBackend: string): number => (resultBackend.startsWith("mongodb:") ? 10 : 50);

test.serial(title, async (t) => {
  // Each rest takes as long as what is under way.
  t.timeout((2 * seconds + 300) * 1_000);
  t.log(howToRepeat(file, title));
  const random = randomOf(title);
  const folder = await temporaryFolder(t);
  const proxied = async ({ url }: { url: string }) => FaultProxy.start(t, url);
  const [a, b, c, d] = [await proxied(redis), await proxied(rabbitmq), await proxied(memcached), await proxied(mongodb)];
  const worlds = [
    await World.open(t, random, [a], a.url, a.url),
    await World.open(t, random, [b, c], `${b.url.replace(/\/?$/, "/")}?heartbeat=1`, c.url),
    // In an ordinary run other tests ask the same FerretDB, which then takes longer for what was broken off than this run has.
    await World.open(t, random, full ? [d] : [], `file:${folder}`, full ? d.url : `file:${folder}`),
    await World.open(t, random, [], `memory:soak-${process.pid}`, `memory:soak-${process.pid}`),
  ];
  const seen: Look[] = [];
  for (let look = 0; look < looks; look++) {
    const until = Date.now() + (seconds * 1_000) / looks;
    await Promise.all(worlds.map((world) => world.live(until)));
    await Promise.all(worlds.map((world) => world.rest()));
    // What has not ended by now never will, and has been waited for.
    if (worlds.some(({ unended }) => unended.length > 0)) break;
    seen.push(await lookAtRest());
  }
  const told = Object.fromEntries(worlds.map((world) => [world.name, world.told]));
  t.log(JSON.stringify(told));
  for (const world of worlds) {
    t.deepEqual(world.unended, [], `${world.name}: sent, and not ended`);
    t.true(world.told.ended > 0, `${world.name}: did nothing`);
  }
  // The first third is for everything to be loaded, compiled and filled once.
  const warm = seen.slice(Math.floor(looks / 3));
  const [first, last] = [warm[0]!, warm.at(-1)!];
  t.log(`heap ${first.heap.toFixed(1)} → ${last.heap.toFixed(1)} MB, RSS ${first.rss.toFixed(0)} → ${last.rss.toFixed(0)} MB`);
  t.log(`open: ${warm.map(({ open }) => open).join(", ")}`);
  const minutes = (last.at - first.at) / 60_000;
  // In a short run objects that come late weigh as much as a small leak: one of some kilobytes a task shows, in half an hour one of 200 bytes.
  t.true(last.heap - first.heap <= Math.max(5, minutes), `the heap grew from ${first.heap} to ${last.heap} MB`);
  if (minutes > 10) t.true(last.rss - first.rss <= minutes, `RSS grew from ${first.rss} to ${last.rss} MB in ${minutes} minutes`);
  const [least, most] = [Math.min(...warm.map(({ open }) => open)), Math.max(...warm.map(({ open }) => open))];
  const [ended, broken] = worlds.reduce(
    ([ended, broken], { told }) => [ended + told.ended + told.failed, broken + told.harms],
    [0, 0],
  );
  tellFigure(t, {
    what: "F32, all servers",
    much: `${seconds} s, ${amount(ended)} tasks, ${amount(broken)} harms to connections`,
    lost: 0,
    other: `heap ${first.heap.toFixed(1)} → ${last.heap.toFixed(1)} MB, RSS ${first.rss.toFixed(0)} → ${last.rss.toFixed(0)} MB, ${least} to ${most} sockets and the like open`,
  });
  t.true(most - least <= 8, `what is open went from ${least} to ${most}: ${JSON.stringify(last.kinds)}`);
});

/** What the process holds when nothing is under way. */
interface Look {
  readonly at: number;
  /** Megabytes, after garbage was collected. */
  readonly heap: number;
  readonly rss: number;
  /** Sockets and other handles; timers are not counted, which come and go. */
  readonly open: number;
  readonly kinds: Readonly<Record<string, number>>;
}

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

async function lookAtRest(): Promise<Look> {
  for (let i = 0; i < 3; i++) {
    collectGarbage();
    await sleep(20);
  }
  const kinds: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) {
    if (!/Timeout|Immediate|ConnectWrap|WriteWrap|ShutdownWrap|FSReq/.test(kind)) kinds[kind] = (kinds[kind] ?? 0) + 1;
  }
  const { heapUsed, rss } = process.memoryUsage();
  const open = Object.values(kinds).reduce((sum, number) => sum + number, 0);
  return { at: Date.now(), heap: heapUsed / 2 ** 20, rss: rss / 2 ** 20, open, kinds };
}

/** A broker and a result backend, a sender and a worker, and what stands between them. */
class World {
  readonly name: string;
  readonly told = { sent: 0, refused: 0, ended: 0, failed: 0, harms: 0 };
  readonly unended: string[] = [];
  readonly #server: Server;
  readonly #queue: string;
  readonly #random: Random;
  readonly #proxies: readonly FaultProxy[];
  readonly #atOnce: number;
  readonly #waits = new Set<Promise<void>>();

  private constructor(name: string, server: Server, queue: string, random: Random, proxies: readonly FaultProxy[], atOnce: number) {
    this.name = name;
    this.#server = server;
    this.#queue = queue;
    this.#random = random;
    this.#proxies = proxies;
    this.#atOnce = atOnce;
  }

  static async open(
    t: ExecutionContext,
    random: Random,
    proxies: readonly FaultProxy[],
    broker: string,
    resultBackend: string,
  ): Promise<World> {
    const queue = `soak-${process.pid}`;
    const server = await Server.connect({
      broker,
      resultBackend,
      defaultQueue: queue,
      resultsExpireIn: 20,
      redis: { connectTimeout: 1, readTimeout: 1 },
      amqp: { exchange: queue, bindingKey: queue, queueDeclareArgs: { "x-expires": 600_000 } },
      logger: silentLogger,
    });
    t.teardown(() => server.close());
    server.registerTask("sum", (...terms: bigint[]) => terms.reduce((sum, term) => sum + term, 0n));
    server.registerTask("naps", async (ms: bigint) => {
      taskContext().progress(1, 2);
      await sleep(Number(ms));
      return ms;
    });
    server.registerTask("fails", () => {
      throw new Error("as it should");
    });
    server.registerTask("flaky", () => {
      if (taskContext().attempt < 2) throw new RetryLater(20);
      return 1n;
    });
    await server.newWorker("w", { concurrency: 8, graceMs: 0 }).start();
    const name = [broker, resultBackend].map((url) => url.split(":", 1)[0]).join(" and ");
    return new World(name, server, queue, random, proxies, atOnce(resultBackend));
  }

  /** Sends, and breaks connections now and then. */
  async live(until: number): Promise<void> {
    while (Date.now() < until) {
      if (this.#random.whole(0, 20) === 0) await this.#harm();
      if (this.#waits.size > this.#atOnce) await Promise.race(this.#waits);
      await Promise.all(Array.from({ length: this.#random.whole(1, 10) }, () => this.#send()));
      await sleep(this.#random.whole(0, 30));
    }
  }

  /** Until all that was sent has ended. */
  async rest(): Promise<void> {
    for (const proxy of this.#proxies) await proxy.pass();
    while (this.#waits.size > 0) await Promise.all(this.#waits);
  }

  async #harm(): Promise<void> {
    const proxy = this.#proxies.length === 0 ? undefined : this.#random.of(this.#proxies);
    if (proxy === undefined) return;
    this.told.harms++;
    this.#random.of([
      () => proxy.cut("RST"),
      () => proxy.cut("FIN"),
      () => proxy.split(),
      () => proxy.delay(this.#random.whole(1, 20)),
      () => proxy.dropAfter(this.#random.whole(1, 5_000), this.#random.of(["requests", "replies"])),
      () => proxy.blackHole(),
    ])();
    await sleep(this.#random.whole(10, 200));
    await proxy.pass();
  }

  async #send(): Promise<void> {
    const random = this.#random;
    const int64 = (...values: number[]) => values.map((value) => ({ type: "int64" as const, value: BigInt(value) }));
    const sum = (...values: number[]) => signature({ name: "sum", args: int64(...values) });
    const kinds: (() => Promise<AsyncResult<unknown>>)[] = [
      () => this.#server.sendTask(sum(1, 2)),
      () => this.#server.sendTask(sum(1, 2)),
      () => this.#server.sendTask(signature({ name: "naps", args: int64(random.whole(0, 30)) })),
      () => this.#server.sendTask(signature({ name: "fails" })),
      () => this.#server.sendTask(signature({ name: "flaky" })),
      () => this.#server.sendTask(signature({ name: "sum", args: int64(1), eta: new Date(Date.now() + random.whole(1, 300)) })),
      () => this.#server.sendChain(chain(sum(1), sum(2), sum(3))) as Promise<AsyncResult<unknown>>,
      () =>
        this.#server.sendChord(chord(group(sum(1), sum(2), sum(3)), signature({ name: "sum" }))) as Promise<AsyncResult<unknown>>,
    ];
    try {
      const result = await random.of(kinds)();
      this.told.sent++;
      const wait: Promise<void> = this.#end(result).finally(() => this.#waits.delete(wait));
      this.#waits.add(wait);
    } catch (error) {
      if (!(error instanceof MachineryError)) throw error;
      this.told.refused++;
    }
  }

  async #end(result: AsyncResult<unknown>): Promise<void> {
    const sentAt = new Date().toISOString();
    const until = Date.now() + patienceMs;
    let last: unknown;
    while (Date.now() < until) {
      try {
        await result.get({ timeoutMs: until - Date.now() });
        this.told.ended++;
        return;
      } catch (error) {
        if (!(error instanceof MachineryError)) throw error;
        if (error.code === "ERR_TASK_FAILED") {
          this.told.failed++;
          return;
        }
        last = error;
        await sleep(20);
      }
    }
    const state = await result.getState().then(
      ({ taskName, state }) => `${taskName} ${state}`,
      (error) => String(error),
    );
    const queue = JSON.stringify(await this.#server.getBroker().inspect(this.#queue).catch(String));
    this.unended.push(`${result.uuid}, sent at ${sentAt}: ${state}; ${last}; its queue: ${queue}`);
  }
}
