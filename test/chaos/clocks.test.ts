import { randomUUID } from "node:crypto";
import plainTest, { type ExecutionContext, type TestFn } from "ava";
import { type Clock, Server, signature, silentLogger, systemClock } from "machinery-ts";
import { filePlaces, type Places } from "../hostile/stage.js";
import { namespace } from "../services/namespace.js";
import { ownServers, service } from "../services/service.js";
import { productsOf, tellFigure } from "./figures.js";
import { howToRepeat } from "./profile.js";
import { RedisSubject } from "./redis-subject.js";
import { finish } from "./scenarios.js";
import { Trial } from "./trial.js";

const testOnRedis = await ownServers("redis");
const rabbitmq = await service("rabbitmq");
const mongodb = await service("mongodb");

const tenMinutes = 600_000;

const skewed = (ms: number): Clock => ({ ...systemClock, now: () => systemClock.now() + ms });

const subjects: readonly (readonly [name: string, test: TestFn, open: () => Promise<Places>])[] = [
  ["file", plainTest, filePlaces],
  [
    "amqp and mongodb",
    rabbitmq.url === "" ? rabbitmq.test : mongodb.test,
    async () => ({ broker: rabbitmq.url, resultBackend: mongodb.url }),
  ],
];

const titleOnRedis = "redis: processes whose clocks are ten minutes apart cost no task and no lease";
/** Longer than the lease: whoever went by the other's clock would take its worker for dead. */
const longMs = 3_000;

for (const [name, test, open] of subjects) {
  test(`${name}: clocks that are ten minutes apart cost no task, no lease and no time`, async (t) => {
    t.timeout(120_000);
    const places = await open();
    const queue = namespace(t);
    const runs: string[] = [];
    const connect = (t: ExecutionContext, skewMs: number) => serverAt(t, places, queue, skewMs, runs);
    const early = await connect(t, -tenMinutes);
    const late = await connect(t, tenMinutes);
    for (const server of [early, late]) {
      const worker = server.newWorker("w", { leaseMs: 600, concurrency: 5, graceMs: 0 });
      await worker.start();
    }
    const sent = [];
    for (let i = 0; i < 20; i++) {
      const sender = i % 2 === 0 ? early : late;
      sent.push(await sender.sendTask(signature({ name: "naps", args: [{ type: "int64", value: 1n }] })));
    }
    // Longer than the lease: whoever went by the other's clock would take it for dead.
    const long = await early.sendTask(signature({ name: "naps", args: [{ type: "int64", value: 1_500n }] }));
    for (const result of [...sent, long]) t.truthy(await result.get({ timeoutMs: 60_000 }));
    t.is(runs.length, sent.length + 1, "no task ran twice");
    tellFigure(t, {
      what: `F21, ${productsOf(name)}`,
      much: `${runs.length} tasks`,
      lost: 0,
      other: "clocks twenty minutes apart; none ran twice",
    });
    t.teardown(() => places.close?.(queue));
  });
}

/** Redis keeps leases, delays and gates by its own clock, and asks the process's, not the server's, for the rest. */
testOnRedis(titleOnRedis, async (t) => {
  t.timeout(120_000);
  t.log(howToRepeat("test/chaos/clocks.test.ts", titleOnRedis));
  const subject = await RedisSubject.start();
  const trial = await Trial.open(titleOnRedis, subject);
  try {
    let started = 0;
    const fleet = trial.fleet(2, {}, () => clockOff(started++ % 2 === 0 ? -tenMinutes : tenMinutes));
    await trial.until("both work", () => fleet.ready.length === 2);
    // As many as both can hold: each of them has some.
    const long = Array.from({ length: 20 }, () => trial.draw.task("work", longMs));
    await trial.send([...long, ...Array.from({ length: 50 }, () => trial.draw.work())]);
    await trial.allEnded();
    t.is(await subject.leasesOf(trial.queue), 2, "leases by the server's clock");
    await finish(t, trial, fleet);
    const { succeeded, account } = await trial.judge(t, { kills: 0, held: 0 });
    t.is(succeeded.size, 70);
    const lost = account.lost.length;
    tellFigure(t, {
      what: "F21, Redis",
      much: `${succeeded.size} tasks`,
      lost,
      other: "clocks twenty minutes apart; none ran twice",
    });
  } finally {
    await trial.close();
  }
});

/** For a process of its own: the environment in which its clock is off. */
function clockOff(ms: number): NodeJS.ProcessEnv {
  const script = `const now = Date.now; Date.now = () => now() + ${ms};`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}` };
}

async function serverAt(t: ExecutionContext, { broker, resultBackend }: Places, queue: string, skewMs: number, runs: string[]) {
  const server = await Server.connect({
    broker,
    resultBackend,
    defaultQueue: queue,
    amqp: { exchange: queue, bindingKey: queue, queueDeclareArgs: { "x-expires": 600_000 } },
    clock: skewed(skewMs),
    logger: silentLogger,
  });
  t.teardown(() => server.close());
  server.registerTask("naps", async (ms: bigint) => {
    runs.push(randomUUID());
    await new Promise((resolve) => setTimeout(resolve, Number(ms)));
    return ms;
  });
  return server;
}
