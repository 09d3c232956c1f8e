import type { ExecutionContext } from "ava";
import { goTest } from "../interop/go-test.js";
import { findRabbitmq, Rabbitmq } from "../services/rabbitmq.js";
import { ownServers } from "../services/service.js";
import { amount, tellFigure } from "./figures.js";
import { GoSide, isDroppedByGo } from "./go-side.js";
import { count, full, howToRepeat } from "./profile.js";
import { RedisSubject } from "./redis-subject.js";
import { finish, killAtRandom } from "./scenarios.js";
import { followingTasks, type Send, sentTasks } from "./sends.js";
import { type Judgement, queueOf, type Subject, Trial } from "./trial.js";

/*
 * Go Machinery and this library on one queue. Only workers of this library are killed: a Go worker takes a message off the queue before it
 * runs the task, and loses what it holds. Go workers are stopped as their operator would.
 */

const file = "test/chaos/mixed-fleet.test.ts";
const onRedis = await goTest(await ownServers("redis"));
const onRabbitmq = await goTest(await ownServers("redis", "rabbitmq"));
const workers = 3;
const concurrency = 5;
/** Of a Go worker: fewer than it could have, which is as fast alone as all of ours that are killed again and again. */
const goConcurrency = 3;

let rabbitmq: Rabbitmq | undefined;
onRabbitmq.before(async () => {
  rabbitmq = await Rabbitmq.start((await findRabbitmq())!);
});
onRabbitmq.after.always(() => rabbitmq?.dispose());

type Run = (t: ExecutionContext, trial: Trial, go: GoSide, on: string) => Promise<Judgement>;

/** A trial on Redis, and one on RabbitMQ whose states are in a Redis. */
function scenario(title: string, run: Run): void {
  for (const broker of ["Redis", "RabbitMQ"] as const) {
    const name = `${title}, on ${broker}`;
    const test = broker === "Redis" ? onRedis : onRabbitmq;
    test.serial(name, async (t) => {
      t.timeout(count(5, 60) * 60_000);
      t.log(howToRepeat(file, name));
      const trial = await Trial.open(name, await open(broker, queueOf(name)));
      try {
        const judgement = await run(t, trial, await GoSide.open(t, trial), broker);
        judgeRewritten(t, trial, judgement);
      } finally {
        await trial.close();
      }
    });
  }
}

async function open(broker: "Redis" | "RabbitMQ", queue: string): Promise<Subject> {
  const redis = await RedisSubject.start();
  const where = { broker: redis.broker, resultBackend: redis.resultBackend, mixed: true, close: () => redis.close() };
  return broker === "Redis" ? where : { ...where, broker: rabbitmq!.url, amqp: { exchange: queue, bindingKey: queue } };
}

/** What has ended is written over by Go, where it was given the task again or one before it, and by nobody else. */
function judgeRewritten(t: ExecutionContext, trial: Trial, { tasks }: Judgement): void {
  const byGo = (uuid: string) => tasks.get(uuid)?.notes.includes("Go") ?? false;
  const before = new Map(trial.sent.flatMap((send) => followingTasks(send).map((uuid) => [uuid, sentTasks(send)])));
  const rewritten = [...trial.states.rewritten];
  t.log(`written over by Go, with the same end: ${rewritten.length}`);
  t.deepEqual(
    rewritten.filter((uuid) => ![uuid, ...(before.get(uuid) ?? [])].some(byGo)),
    [],
    "ends that were written over, and not by Go",
  );
}

scenario("Go and TypeScript share the work, and workers of ours are killed at random", async (t, trial, go, on) => {
  const rounds = count(10, 100);
  const kills = count(5, 20);
  const each = 10;
  const fleet = trial.fleet(workers, { concurrency });
  const [sender, first] = [await go.start(), await go.startWorker(goConcurrency)];
  await trial.until("all work", () => fleet.ready.length === workers);
  const drawn = Array.from({ length: rounds }, () => Array.from({ length: each }, () => mixture(trial)).flat());
  const sends = drawn.flat();
  const tasks = sends.flatMap((send) => [...sentTasks(send), ...followingTasks(send)]).length;
  const sending = (async () => {
    for (const [i, some] of drawn.entries()) await (i % 2 === 0 ? trial.send(some) : go.send(some, sender));
  })();
  const killing = killAtRandom(trial, fleet, kills, tasks);
  await trial.until("half of all is done", async () => (await trial.progress()) >= tasks / 2);
  // One comes before the other goes, so that Go has a part in it throughout.
  const second = await go.startWorker(goConcurrency);
  await go.stop(first);
  await Promise.all([sending, killing]);
  await trial.allEnded((uuid) => isDroppedByGo(trial, uuid));
  await trial.queueEmpty();
  await go.stop(second);
  await finish(t, trial, fleet);
  const flaky = sends.filter((send) => send.kind === "task" && send.retries !== undefined).length;
  const judgement = await trial.judge(t, { kills, held: 2 * concurrency, more: flaky });
  t.is(judgement.succeeded.size, tasks - trial.excused.size);
  const runs = [...judgement.tasks.values()];
  const byGo = runs.filter(({ notes }) => notes.includes("Go")).length;
  t.log(
    `${tasks} tasks, of which Go ran ${byGo}; ${kills} kills; ${flaky} tasks failed once; Go dropped ${trial.excused.size} callbacks`,
  );
  t.true(byGo > 0 && byGo < tasks, "both had a part in it");
  const { lost, duplicated } = judgement.account;
  tellFigure(t, {
    what: `F31, ${on}`,
    much: `${amount(tasks)} tasks, ${kills} kills`,
    lost: lost.length,
    other:
      `Go ran ${amount(byGo)} of them; ${amount(duplicated)} ran again, of which ${amount(flaky)} had failed once` +
      (lost.length > 0 ? `; lost are callbacks that Go dropped` : ""),
  });
  return judgement;
});

/** At each of these steps a worker has won the chord, and is not done with it. Behind the step stands which passing is meant. */
const [between, ...others] = ["member-done:1", "follow-ups-pending:2", "follow-ups-published:1", "chord-sent:1"] as const;

scenario("a worker of ours dies over a chord's callback, and a Go worker is given the member", async (t, trial, go, on) => {
  const chords = 3;
  const sends: Send[] = [];
  // Its slot is taken: it looks after the dead, and runs nothing else.
  const looker = trial.fleet(1, { concurrency: 1, graceMs: 0 });
  const holds = trial.draw.task("hold");
  await trial.send([holds]);
  await trial.until("it has no slot free", async () => {
    return (await trial.ledger.report()).get(sentTasks(holds)[0]!)?.starts === 1;
  });
  let kills = 0;
  for (let round = 0; round < count(1, 10); round++) {
    for (const step of [between, ...(full ? others : [trial.random.of(others)])]) {
      const victims = trial.fleet(1, { concurrency }, () => ({ MACHINERY_CRASH_AT: step }));
      await trial.until("it works", () => victims.ready.length === 1);
      victims.respawns = false;
      const drawn = Array.from({ length: chords }, () => trial.draw.chord(1));
      sends.push(...drawn);
      await trial.send(drawn);
      await trial.until("it is dead", () => victims.killed === 1);
      kills++;
      const worker = await go.startWorker(concurrency);
      await trial.until("the chords have ended", () => drawn.flatMap(followingTasks).every((id) => trial.states.ended.has(id)));
      await trial.until("Go has run the members", async () => {
        const tasks = await trial.ledger.report();
        return drawn.flatMap(sentTasks).every((uuid) => tasks.get(uuid)!.ends > 0);
      });
      await go.stop(worker);
    }
  }
  await looker.stop();
  await finish(t, trial, trial.fleet(1));
  const judgement = await trial.judge(t, { kills: kills + 1, held: 2 * chords });
  const { tasks, succeeded } = judgement;
  const callbacks = sends.flatMap(followingTasks);
  t.deepEqual(
    callbacks.filter((uuid) => !succeeded.has(uuid)),
    [],
    "chords whose callback has not run",
  );
  const again = sends.flatMap(sentTasks).filter((uuid) => tasks.get(uuid)!.starts > 1 && tasks.get(uuid)!.notes.includes("Go"));
  t.log(`${sends.length} chords, ${kills} kills, ${again.length} members that Go was given again`);
  t.true(again.length >= kills, "members that Go was given again");
  tellFigure(t, {
    what: `F31, dead over the callback, ${on}`,
    much: `${amount(sends.length)} chords, ${kills} kills`,
    lost: 0,
    other: `each callback ended once; Go was given ${amount(again.length)} members again`,
  });
  return judgement;
});

/** Something of each kind: tasks, a chain, a chord, and a task that fails once. */
function mixture({ draw }: Trial): Send[] {
  return [draw.work(), draw.work(), draw.work(true), draw.chord(4), draw.flaky()];
}
