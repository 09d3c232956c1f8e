import { readdir, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Server } from "../services/server.js";
import { ownServers } from "../services/service.js";
import { amount, tellFigure } from "./figures.js";
import { type Gap, Pulse, secondsOf } from "./gap.js";
import { count, howToRepeat } from "./profile.js";
import { RedisSubject } from "./redis-subject.js";
import { Trial } from "./trial.js";

const test = await ownServers("redis");

const title = "a Redis that writes to its disk every second loses the last one, and no more";
const workers = 3;
/** What its disk may be behind, in milliseconds. */
const behindMs = 1_000;

test.serial(title, async (t) => {
  t.timeout(count(5, 30) * 60_000);
  t.log(howToRepeat("test/chaos/redis-everysec.test.ts", title));
  const subject = await RedisSubject.start({ appendonly: "yes", appendfsync: "everysec", "auto-aof-rewrite-percentage": 0 });
  const trial = await Trial.open(title, subject);
  try {
    const fleet = trial.fleet(workers);
    const stopped = new AbortController();
    const sending = trial.keepSending(() => trial.draw.mixture(), stopped.signal);
    sending.catch(() => {});
    const gaps: Gap[] = [];
    for (let kill = 0; kill < count(3, 50); kill++) {
      const before = await trial.progress();
      await trial.until("tasks are done", async () => fleet.ready.length > 0 && (await trial.progress()) > before + 100);
      gaps.push(await loseLastSecond(subject.server, trial.random.whole(0, 500)));
      if (fleet.ready.length > 0) trial.random.of(fleet.ready).kill("SIGKILL");
    }
    const before = await trial.progress();
    await trial.until("they go on", async () => (await trial.progress()) > before + 100);
    stopped.abort();
    await sending;
    await trial.queueEmpty();
    const exits = await fleet.stop();
    t.true(exits.every(({ code }) => code === 0));
    // Who starts while the server is away fails at once, and is started again.
    t.is(
      fleet.complaints.filter((complaint) => !/cannot be reached|broke before the answer|ECONNREFUSED/.test(complaint)).join("\n"),
      "",
    );
    // Whatever ran in the seconds that were lost runs again: there is no bound.
    const { succeeded, account } = await trial.judge(t, { kills: gaps.length, held: Number.POSITIVE_INFINITY }, gaps);
    t.true(succeeded.size > 0);
    tellFigure(t, {
      what: "F7, Redis",
      much: `${gaps.length} losses of the last second of its disk, ${amount(account.acknowledged)} tasks confirmed`,
      lost: account.lost.length,
      other: `all were sent in what the disk lost, ${secondsOf(gaps)} each, counted with what follows them`,
    });
  } finally {
    await trial.close();
  }
});

/** What a machine that loses its power does to Redis: killed, it comes back with what was on the disk a second before. */
async function loseLastSecond(server: Server, waitMs: number): Promise<Gap> {
  const pulse = new Pulse(server);
  await sleep(waitMs);
  const folder = join(server.place.folder, "appendonlydir");
  const file = join(folder, (await readdir(folder)).find((name) => name.endsWith(".incr.aof"))!);
  const { size } = await stat(file);
  await sleep(behindMs);
  await server.kill();
  await pulse.stop();
  await truncate(file, size);
  const to = Date.now();
  await server.start();
  const from = await Pulse.lastAt(server);
  return { from, to };
}
