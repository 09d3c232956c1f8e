import { setTimeout as sleep } from "node:timers/promises";
import { Server, signature, silentLogger, taskContext } from "machinery-ts";
import { startRedis } from "../services/redis.js";
import { ownServers } from "../services/service.js";
import { amount, tellFigure } from "./figures.js";
import { count, howToRepeat, randomOf } from "./profile.js";

const test = await ownServers("redis");
const title = "a Redis that stands still for less than the lease costs no task, and none runs twice";

test.serial(title, async (t) => {
  t.timeout(count(2, 20) * 60_000);
  t.log(howToRepeat("test/chaos/pauses.test.ts", title));
  const random = randomOf(title);
  const redis = await startRedis(t);
  const runs = new Map<string, number>();
  const open = async () => {
    const server = await Server.connect({ broker: redis.url, logger: silentLogger });
    t.teardown(() => server.close());
    server.registerTask("naps", async (ms: bigint) => {
      const { uuid } = taskContext();
      runs.set(uuid, (runs.get(uuid) ?? 0) + 1);
      await sleep(Number(ms));
    });
    await server.newWorker("w", { leaseMs: 6_000, concurrency: 5, graceMs: 0 }).start();
    return server;
  };
  const [server] = [await open(), await open()];
  const pauses = count(3, 30);
  for (let pause = 0; pause < pauses; pause++) {
    const sent = await Promise.all(
      Array.from({ length: 40 }, () =>
        server.sendTask(signature({ name: "naps", args: [{ type: "int64", value: BigInt(random.whole(1, 60)) }] })),
      ),
    );
    await sleep(random.whole(0, 100));
    redis.pause();
    await sleep(random.whole(200, 1_500));
    redis.resume();
    for (const result of sent) await result.get({ timeoutMs: 60_000 });
    t.deepEqual(
      sent.filter(({ uuid }) => runs.get(uuid) !== 1).map(({ uuid }) => `${uuid}: ${runs.get(uuid)}`),
      [],
    );
  }
  const much = `${pauses} pauses, ${amount(runs.size)} tasks`;
  tellFigure(t, { what: "F12, Redis", much, lost: 0, other: "each task ran once" });
});
