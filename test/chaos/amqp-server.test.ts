import { startRabbitmq } from "../services/rabbitmq.js";
import { ownServers } from "../services/service.js";
import { temporaryFolder } from "../services/temporary-folder.js";
import { amount, tellFigure } from "./figures.js";
import { count, howToRepeat } from "./profile.js";
import { Trial } from "./trial.js";

const test = await ownServers("rabbitmq");

const title = "workers killed at random, and RabbitMQ too";
const workers = 3;
const concurrency = 10;

test.serial(title, async (t) => {
  t.timeout(count(5, 30) * 60_000);
  t.log(howToRepeat("test/chaos/amqp-server.test.ts", title));
  const rabbitmq = await startRabbitmq(t);
  const folder = await temporaryFolder(t);
  const trial = await Trial.open(title, { broker: rabbitmq.url, resultBackend: `file:${folder}` });
  try {
    const tasks = count(2_000, 10_000);
    const kills = count(10, 50);
    const restarts = count(1, 3);
    const fleet = trial.fleet(workers);
    await trial.send(Array.from({ length: tasks }, () => trial.draw.work()));
    // Evenly among the kills.
    const restartAfter = new Set(Array.from({ length: restarts }, (_, i) => Math.floor(((i + 1) * kills) / (restarts + 1))));
    for (let kill = 0; kill < kills; kill++) {
      const due = Math.floor(((kill + trial.random.fraction()) / kills) * tasks * 0.9);
      await trial.until(`${due} tasks are done`, async () => fleet.ready.length > 0 && (await trial.progress()) >= due);
      if (restartAfter.has(kill)) await rabbitmq.node.restart("SIGKILL");
      const [victim] = fleet.ready.length > 0 ? [trial.random.of(fleet.ready)] : [];
      victim?.kill("SIGKILL");
    }
    await trial.allEnded();
    await trial.queueEmpty();
    const exits = await fleet.stop();
    t.true(exits.every(({ code }) => code === 0));
    // A worker that starts while RabbitMQ is down says so and ends; its supervisor starts another.
    t.deepEqual(
      fleet.complaints.filter((complaint) => !/by itself:.*\[ERR_BROKER\]/s.test(complaint)),
      [],
    );
    // With RabbitMQ every worker loses what it holds.
    const { succeeded, account } = await trial.judge(t, { kills: kills + restarts * workers, held: concurrency });
    t.is(succeeded.size, tasks);
    tellFigure(t, {
      what: "F8, RabbitMQ",
      much: `${amount(tasks)} tasks, ${kills} kills, RabbitMQ killed ${restarts} times`,
      lost: account.lost.length,
      other: `${amount(account.duplicated)} ran again, of ${amount((kills + restarts * workers) * concurrency)}`,
    });
  } finally {
    await trial.close();
  }
});
