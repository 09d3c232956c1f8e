import plainTest, { type ExecutionContext } from "ava";
import { chord, group, Server, signature, silentLogger } from "machinery-ts";
import type { Backend, BackendCapabilities, WriteOutcome } from "../../src/backends/backend.js";
import { memcacheBackendCapabilities } from "../../src/backends/memcache.js";
import { redisBackendCapabilities } from "../../src/backends/redis.js";
import type { Notice } from "../../src/brokers/broker.js";
import { openMemoryBroker } from "../../src/brokers/memory.js";
import { ManualClock } from "../../src/util/clock.js";
import { StateRecord } from "../../src/wire/state.js";
import { ResultTeller } from "../../src/worker/result-teller.js";
import { overriding } from "../conformance/overriding.js";
import { namespace } from "../services/namespace.js";
import { service } from "../services/service.js";

const memcached = await service("memcached");
const mongodb = await service("mongodb");

for (const { test, url, kind } of [memcached, mongodb]) {
  test(`${kind}: who waits is told over the broker, and does not poll`, async (t) => {
    const options = { broker: `memory:${namespace(t)}`, resultBackend: url, logger: silentLogger };
    // The sender's time stands still: it cannot poll.
    await using server = await Server.connect({ ...options, clock: new ManualClock(Date.now()) });
    await using working = await Server.connect(options);
    working.registerTask("double", (n: unknown) => 2n * (n as bigint));
    working.registerTask("fail", () => {
      throw new Error("no");
    });
    const double = (n: bigint) => signature({ name: "double", args: [{ type: "int64", value: n }] });
    const sent = await Promise.all(Array.from({ length: 50 }, (_, i) => server.sendTask(double(BigInt(i)))));
    const failing = await server.sendTask(signature({ name: "fail" }));
    const never = await server.sendChord(chord(group(signature({ name: "fail" }), double(1n)), signature({ name: "double" })));
    const results = Promise.all(sent.map((one) => one.get()));
    const failure = t.throwsAsync(failing.get(), { code: "ERR_TASK_FAILED" });
    const callback = t.throwsAsync(never.get(), { code: "ERR_TASK_FAILED" });
    await working.newWorker("told", { concurrency: 10 }).start();
    t.deepEqual(
      await results,
      sent.map((_, i) => 2n * BigInt(i)),
    );
    await failure;
    await callback;
  });
}

const written: WriteOutcome = { ok: true };
const ended = (id: string, notify: string | undefined) => new StateRecord(id, "add", "SUCCESS", "[]", "", "", 1, notify);

async function tellerOf(t: ExecutionContext, capabilities: BackendCapabilities) {
  const broker = openMemoryBroker({ name: namespace(t) });
  const told: Notice[] = [];
  const listening = overriding(broker, {
    notify: async (notices) => {
      told.push(...notices);
    },
  });
  t.teardown(() => broker.close());
  return { told, teller: new ResultTeller(listening, { capabilities } as Backend) };
}

plainTest("what ends together is told together, once for each who waits", async (t) => {
  const { told, teller } = await tellerOf(t, memcacheBackendCapabilities);
  const states = [ended("task_1", "ended:a"), ended("task_2", "ended:b"), ended("task_3", "ended:a"), ended("task_4", undefined)];
  const refused: WriteOutcome = { ok: false, stored: "{}" };
  const started = new StateRecord("task_6", "add", "STARTED", null, "", "", 1, "ended:a");
  teller.stored(states, [written, written, written, written]);
  teller.stored([ended("task_5", "ended:a"), started], [refused, written]);
  await teller.idle();
  t.deepEqual(
    told.map(({ topic, body }) => [topic, JSON.parse(Buffer.from(body).toString())]),
    [
      ["ended:a", { uuids: ["task_1", "task_3"] }],
      ["ended:b", { uuids: ["task_2"] }],
    ],
  );
});

plainTest("a message cannot have a worker say anything else", async (t) => {
  const { told, teller } = await tellerOf(t, memcacheBackendCapabilities);
  const topics = ["cancel", "roll-call", "progress:task_1", "ended:", "ended:a b", `ended:${"a".repeat(201)}`, ""];
  teller.stored(
    topics.map((topic, i) => ended(`task_${i}`, topic)),
    topics.map(() => written),
  );
  await teller.idle();
  t.deepEqual(told, []);
});

plainTest("nobody is told where the result backend does it", async (t) => {
  const { told, teller } = await tellerOf(t, redisBackendCapabilities);
  teller.stored([ended("task_1", "ended:a")], [written]);
  await teller.idle();
  t.deepEqual(told, []);
});
