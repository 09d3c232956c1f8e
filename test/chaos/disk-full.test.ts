import { setTimeout as sleep } from "node:timers/promises";
import type { ExecutionContext } from "ava";
import { type MachineryError, signature } from "machinery-ts";
import { startRabbitmq } from "../services/rabbitmq.js";
import { callRedis } from "../services/redis-call.js";
import { ownServers } from "../services/service.js";
import { removeFolder, temporaryFolder } from "../services/temporary-folder.js";
import { amount, tellFigure } from "./figures.js";
import type { Fleet } from "./fleet.js";
import { count, howToRepeat } from "./profile.js";
import { RedisSubject } from "./redis-subject.js";
import { sentTasks } from "./sends.js";
import { Trial } from "./trial.js";

const test = await ownServers("redis", "rabbitmq");

const file = "test/chaos/disk-full.test.ts";
const workers = 2;
const rounds = count(1, 10);

const ofRedis = "a Redis that cannot write its snapshots refuses sends, keeps its workers waiting, and goes on when it can";

test.serial(ofRedis, async (t) => {
  t.timeout(count(5, 30) * 60_000);
  t.log(howToRepeat(file, ofRedis));
  const subject = await RedisSubject.start({ save: "3600 1", "enable-protected-configs": "yes" });
  const trial = await Trial.open(ofRedis, subject);
  const { server } = subject;
  const snapshot = async (state: "ok" | "err"): Promise<void> => {
    await callRedis(server, "BGSAVE");
    await trial.until(`the snapshot is ${state}`, async () => {
      const info = await callRedis<string>(server, "INFO", "persistence");
      return info.includes("rdb_bgsave_in_progress:0") && info.includes(`rdb_last_bgsave_status:${state}`);
    });
  };
  try {
    const fleet = trial.fleet(workers);
    for (let round = 0; round < rounds; round++) {
      await trial.send(Array.from({ length: 100 }, () => trial.draw.mixture()).flat());
      const before = await trial.progress();
      // One that is refused while it starts ends, and says why.
      await trial.until("all workers take tasks", () => fleet.ready.length === workers);
      await trial.until("tasks run", async () => (await trial.progress()) > before + 50);
      const gone = await temporaryFolder();
      await callRedis(server, "CONFIG", "SET", "dir", gone);
      await removeFolder(gone);
      await snapshot("err");
      const error = await t.throwsAsync<MachineryError>(trial.server.sendTask(signature({ name: "work" })));
      t.regex(error!.message, /MISCONF.*cannot write its snapshots/s);
      const refused = await refusals(server);
      await sleep(3_000);
      // A pause that grows to 5 s, in each of a worker's parts.
      const asked = (await refusals(server)) - refused;
      t.log({ refusedIn3s: asked });
      t.true(asked <= workers * 60, `the workers asked ${asked} times in three seconds`);
      await callRedis(server, "CONFIG", "SET", "dir", server.place.folder);
      await snapshot("ok");
    }
    await ends(t, trial, fleet);
    const { account } = await trial.judge(t, { kills: rounds * workers, held: 10 });
    tellFigure(t, {
      what: "F26, Redis",
      much: `full ${rounds} times, ${amount(account.acknowledged)} tasks`,
      lost: account.lost.length,
      other: "sends were refused meanwhile, and the workers waited",
    });
  } finally {
    await trial.close();
  }
});

const ofRabbitmq =
  "a RabbitMQ without room on its disk parks sends, then says so; its queues are worked off, and all goes on when there is room";

test.serial(ofRabbitmq, async (t) => {
  t.timeout(count(5, 30) * 60_000);
  t.log(howToRepeat(file, ofRabbitmq));
  const rabbitmq = await startRabbitmq(t);
  const folder = await temporaryFolder(t);
  const trial = await Trial.open(ofRabbitmq, { broker: rabbitmq.url, resultBackend: `file:${folder}` });
  try {
    const fleet = trial.fleet(workers);
    for (let round = 0; round < rounds; round++) {
      const works = Array.from({ length: 500 }, () => trial.draw.work());
      await trial.send(works);
      await rabbitmq.ctl("set_disk_free_limit", "999999GB");
      await trial.until("the alarm is raised", async () =>
        (await rabbitmq.ctl("eval", "rabbit_alarm:get_alarms().")).includes("disk"),
      );
      // RabbitMQ tells only those that publish: one of these finds out, and is parked itself.
      const parked = Array.from({ length: 5 }, () => trial.draw.work());
      const sending = trial.send(parked);
      const worked = () => works.flatMap(sentTasks).every((uuid) => trial.states.ended.has(uuid));
      await trial.until("what is there is worked off", worked);
      await sending;
      const error = await t.throwsAsync<MachineryError>(trial.server.sendTask(signature({ name: "work" })));
      t.is(error!.code, "ERR_BROKER_BLOCKED");
      await rabbitmq.ctl("set_disk_free_limit", "50MB");
    }
    await ends(t, trial, fleet);
    const { account } = await trial.judge(t, { kills: 0, held: 0 });
    tellFigure(t, {
      what: "F26, RabbitMQ",
      much: `full ${rounds} times, ${amount(account.acknowledged)} tasks`,
      lost: account.lost.length,
      other: "sends were parked meanwhile and then refused, and the queue was worked off; none ran again",
    });
  } finally {
    await trial.close();
  }
});

/** What was refused never ends; all else does, and every worker stops as it should. */
async function ends(t: ExecutionContext, trial: Trial, fleet: Fleet): Promise<void> {
  await trial.queueEmpty();
  const exits = await fleet.stop();
  t.true(exits.every(({ code }) => code === 0));
  t.deepEqual(fleet.complaints, []);
}

/** How many commands a Redis has refused for this reason. */
async function refusals(node: { readonly url: string }): Promise<number> {
  const stats = await callRedis<string>(node, "INFO", "errorstats");
  return Number(/errorstat_MISCONF:count=(\d+)/.exec(stats)?.[1] ?? 0);
}
