import { ownServers } from "../services/service.js";
import { amount, tellFigure } from "./figures.js";
import { count, howToRepeat } from "./profile.js";
import { RedisSubject } from "./redis-subject.js";
import { Trial } from "./trial.js";

const test = await ownServers("redis");
const file = "test/chaos/redis-server.test.ts";
const workers = 3;
const concurrency = 10;

const title = "workers killed at random, and no key is left behind";

test.serial(title, async (t) => {
  t.timeout(count(5, 30) * 60_000);
  t.log(howToRepeat(file, title));
  const subject = await RedisSubject.start();
  const trial = await Trial.open(title, subject);
  try {
    const tasks = count(500, 10_000);
    const fleet = trial.fleet(workers);
    await trial.send(Array.from({ length: tasks }, () => trial.draw.work()));
    const kills = count(5, 50);
    for (let kill = 0; kill < kills; kill++) {
      const due = Math.floor((kill / kills) * tasks * 0.9);
      await trial.until(`${due} tasks are done`, async () => fleet.ready.length > 0 && (await trial.progress()) >= due);
      trial.random.of(fleet.ready).kill("SIGKILL");
    }
    await trial.allEnded();
    await trial.queueEmpty();
    // The dead are looked after for a while; then only the living are there, and they leave in order.
    await trial.until("the dead are forgotten", async () => (await subject.workersOf(trial.queue)) === fleet.ready.length);
    await fleet.stop();
    t.deepEqual(await subject.lastingKeys(), [], "keys without an expiry");
    const { succeeded, account } = await trial.judge(t, { kills: fleet.killed, held: concurrency });
    t.is(succeeded.size, tasks);
    tellFigure(t, {
      what: "F1, what Redis keeps",
      much: `${amount(tasks)} tasks, ${kills} kills`,
      lost: account.lost.length,
      other: "no key was left that would never expire",
    });
  } finally {
    await trial.close();
  }
});

const restarts = "workers killed at random, and Redis too";

test.serial(restarts, async (t) => {
  t.timeout(count(5, 30) * 60_000);
  t.log(howToRepeat(file, restarts));
  const subject = await RedisSubject.start({ appendonly: "yes", appendfsync: "always" });
  const trial = await Trial.open(restarts, subject);
  try {
    const tasks = count(1_000, 10_000);
    const kills = count(3, 20);
    const fleet = trial.fleet(workers);
    await trial.send(Array.from({ length: tasks }, () => trial.draw.work()));
    for (let kill = 0; kill < kills; kill++) {
      const due = Math.floor(((kill + trial.random.fraction()) / kills) * tasks * 0.9);
      await trial.until(`${due} tasks are done`, async () => fleet.ready.length > 0 && (await trial.progress()) >= due);
      await subject.server.restart("SIGKILL");
      if (fleet.ready.length > 0) trial.random.of(fleet.ready).kill("SIGKILL");
    }
    await trial.allEnded();
    await trial.queueEmpty();
    const exits = await fleet.stop();
    t.true(exits.every(({ code }) => code === 0));
    // Who starts while the server is away fails at once, and is started again.
    t.is(
      fleet.complaints.filter((complaint) => !/cannot be reached|broke before the answer|ECONNREFUSED/.test(complaint)).join("\n"),
      "",
    );
    // While the server is away every worker may lose what it holds.
    const { succeeded, account } = await trial.judge(t, { kills: kills * (workers + 1), held: concurrency });
    t.is(succeeded.size, tasks);
    tellFigure(t, {
      what: "F6, Redis",
      much: `${amount(tasks)} tasks, Redis and a worker killed ${kills} times`,
      lost: account.lost.length,
      other: `${amount(account.duplicated)} ran again, of ${amount(kills * (workers + 1) * concurrency)}`,
    });
  } finally {
    await trial.close();
  }
});
