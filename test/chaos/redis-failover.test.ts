import { setTimeout as sleep } from "node:timers/promises";
import type { ExecutionContext } from "ava";
import { findRedis } from "../services/redis.js";
import { callRedis } from "../services/redis-call.js";
import { RedisSentinels } from "../services/redis-sentinel.js";
import type { Server } from "../services/server.js";
import { ownServers } from "../services/service.js";
import { amount, tellFigure } from "./figures.js";
import { type Gap, Pulse, secondsOf } from "./gap.js";
import { count, full, howToRepeat } from "./profile.js";
import { Trial } from "./trial.js";

const test = await ownServers("redis");

const file = "test/chaos/redis-failover.test.ts";
const workers = 2;

interface Stage {
  readonly trial: Trial;
  readonly redis: RedisSentinels;
  readonly t: ExecutionContext;
}

/** What is done, for people, and how often. */
interface Plan {
  readonly what: string;
  readonly rounds: number;
}

/** Tasks are sent and run while something is done to the servers, and go on afterwards. What is lost must fall into what it resolves to. */
function failover(title: string, { what, rounds }: Plan, harm: (stage: Stage, rounds: number) => Promise<Gap[]>): void {
  test.serial(title, async (t) => {
    t.timeout(count(5, 30) * 60_000);
    t.log(howToRepeat(file, title));
    const redis = await RedisSentinels.start((await findRedis())!, {
      appendonly: "yes",
      appendfsync: "always",
      "repl-diskless-sync-delay": 0,
    });
    const { url, masterName } = redis;
    const trial = await Trial.open(title, { broker: url, resultBackend: url, masterName, close: () => redis.dispose() });
    try {
      const fleet = trial.fleet(workers, { leaseMs: 3_000 });
      const stopped = new AbortController();
      const sending = trial.keepSending(() => trial.draw.mixture(), stopped.signal);
      sending.catch(() => {});
      // One that starts while there is no master says so and ends, as it should.
      await trial.until("all workers have started", () => fleet.ready.length === workers);
      await goesOn(trial);
      const gaps = await harm({ t, trial, redis }, rounds);
      stopped.abort();
      await sending;
      await trial.queueEmpty();
      const exits = await fleet.stop();
      t.true(exits.every(({ code }) => code === 0));
      t.deepEqual(fleet.complaints, []);
      const { account } = await trial.judge(t, { kills: 1, held: Number.POSITIVE_INFINITY }, gaps);
      const allowed =
        gaps.length === 0 ? "" : `; what may be lost was sent in ${secondsOf(gaps)} each, and is counted with what follows it`;
      tellFigure(t, {
        what: `F27, ${what}, Redis`,
        much: `${rounds} times, ${amount(account.acknowledged)} tasks`,
        lost: account.lost.length,
        other: `${amount(account.duplicated)} ran again${allowed}`,
      });
    } finally {
      await trial.close();
    }
  });
}

/** Resolves as soon as a hundred further tasks have run; to how long that took, in milliseconds. */
async function goesOn(trial: Trial): Promise<number> {
  const began = Date.now();
  const before = await trial.progress();
  await trial.until("they go on", async () => (await trial.progress()) > before + 100);
  return Date.now() - began;
}

/** Makes sure that there is a replica, and that it has all there is; the master, and the replica. */
async function ready({ trial, redis }: Stage): Promise<[master: Server, replica: Server]> {
  const master = await redis.master();
  const replica = redis.nodes.find((node) => node !== master)!;
  const isThere = async () => (await isWhole(redis)) && (await roleOf(replica)) === "slave";
  // Who is asked may be the one that was killed just now.
  await trial.until("there is a replica", () => isThere().catch(() => false));
  return [master, replica];
}

async function isWhole(redis: RedisSentinels): Promise<boolean> {
  const info = await callRedis<string>(await redis.master(), "INFO", "replication");
  return /slave0:.*state=online/.test(info);
}

async function roleOf(node: Server): Promise<string> {
  const info = await callRedis<string>(node, "INFO", "replication");
  return /role:(\w+)/.exec(info)![1]!;
}

/** Whether its replica has all that it has. */
async function isCaughtUp(master: Server): Promise<boolean> {
  const info = await callRedis<string>(master, "INFO", "replication");
  const [, has] = /slave0:.*offset=(\d+)/.exec(info) ?? [];
  return has !== undefined && has === /master_repl_offset:(\d+)/.exec(info)![1];
}

/** All sentinels know the master: nobody is led to another one any more. */
async function allKnow({ trial, redis }: Stage, master: Server): Promise<void> {
  await trial.until("all sentinels know the master", async () => {
    const known = await Promise.all(redis.sentinels.map((sentinel) => redis.masterOf(sentinel)));
    return known.every((node) => node === master);
  });
}

const paused = { what: "writes paused", rounds: count(1, 10) };
failover("a failover before which writes are paused loses nothing", paused, async (stage, rounds) => {
  const { trial, redis } = stage;
  for (let round = 0; round < rounds; round++) {
    const [master, replica] = await ready(stage);
    await callRedis(master, "CLIENT", "PAUSE", 60_000, "WRITE");
    await trial.until("the replica has it all", () => isCaughtUp(master));
    await redis.failOver();
    await callRedis(master, "REPLICAOF", "127.0.0.1", replica.port);
    await callRedis(master, "CLIENT", "UNPAUSE");
    await goesOn(trial);
  }
  return [];
});

const told = { what: "`SENTINEL FAILOVER`", rounds: count(1, 10) };
failover("a failover by the sentinels loses what the old master took until they said so", told, async (stage, rounds) => {
  const { trial, redis } = stage;
  const gaps: Gap[] = [];
  for (let round = 0; round < rounds; round++) {
    const [master, replica] = await ready(stage);
    const pulse = new Pulse(master);
    await redis.failOver();
    await allKnow(stage, replica);
    // What is on its way is answered.
    const to = Date.now() + 500;
    await goesOn(trial);
    await pulse.stop();
    gaps.push({ from: await Pulse.lastAt(replica), to });
  }
  return gaps;
});

const killed = { what: "the master killed", rounds: count(1, 20) };
failover("a master that is killed loses what its replica did not have", killed, async (stage, rounds) => {
  const { t, trial } = stage;
  const gaps: Gap[] = [];
  for (let round = 0; round < rounds; round++) {
    const [master, replica] = await ready(stage);
    const pulse = new Pulse(master);
    await goesOn(trial);
    await master.kill();
    const to = Date.now();
    await pulse.stop();
    await trial.until("there is another master", async () => (await roleOf(replica)) === "master");
    gaps.push({ from: await Pulse.lastAt(replica), to });
    const goneMs = await goesOn(trial);
    t.true(goneMs <= 10_000, `workers went on ${goneMs} ms after there was a new master`);
    await master.start();
  }
  return gaps;
});

const away = { what: "all servers away", rounds: count(1, 5) };
failover("all servers are away for a while, and come back", away, async ({ trial, redis }, rounds) => {
  for (let round = 0; round < rounds; round++) {
    const all = [...redis.sentinels, ...redis.nodes];
    await Promise.all(all.map((server) => server.kill()));
    await sleep(full ? 20_000 : 3_000);
    for (const server of all.reverse()) await server.start();
    await goesOn(trial);
  }
  return [];
});
