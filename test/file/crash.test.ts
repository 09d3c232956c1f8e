import { EventEmitter, once } from "node:events";
import test from "ava";
import { openFileBackend } from "../../src/backends/file.js";
import { openFileBroker } from "../../src/brokers/file.js";
import { acquireStore, releaseStore } from "../../src/store/store.js";
import { ownFolder, Part } from "./process.js";

const rounds = 16;
const tasksPerRound = 200;

test("workers that are killed again and again lose no task", async (t) => {
  const folder = await ownFolder(t);
  const broker = openFileBroker({ folder });
  const backend = openFileBackend({ folder });
  t.teardown(() => Promise.all([broker.close(), backend.close()]));
  const batches = new EventEmitter();
  const hire = (): Part => {
    const worker = new Part(t, "worker", folder);
    worker.child.on("message", () => {
      if (worker.child.signalCode === null) batches.emit("settled", worker);
    });
    return worker;
  };
  let workers = [hire(), hire()];
  const ids: string[] = [];
  for (let round = 0; round < rounds; round++) {
    const fresh = Array.from({ length: tasksPerRound }, (_, i) => `task_${round}_${i}`);
    ids.push(...fresh);
    const settled = once(batches, "settled");
    await broker.publish(fresh.map((id) => ({ id, queue: "q", body: Buffer.from(id) })));
    // Whoever has just finished a batch, in the middle of whatever it does next.
    const [victim] = (await settled) as [Part];
    await victim.kill();
    workers = [...workers.filter((worker) => worker !== victim), hire()];
  }
  for (;;) {
    const settled = once(batches, "settled");
    const { pending, delayed, claimed, dead } = await broker.inspect("q");
    if (pending + delayed! + claimed! + dead === 0) break;
    await settled;
  }
  const states = await backend.read(ids);
  t.is(states.filter((state) => state === null).length, 0, "every task has its result");
});

test("what a killed publisher was told is accepted is there, and each batch whole", async (t) => {
  const folder = await ownFolder(t);
  const accepted: string[] = [];
  for (let life = 0; life < 6; life++) {
    const publisher = new Part(t, "publisher", folder, `${life}`);
    for (let i = 0; i < 5 + life; i++) accepted.push(`${life} ${await publisher.says()}`);
    await publisher.kill();
    for (let said = await publisher.says(); said !== undefined; said = await publisher.says()) accepted.push(`${life} ${said}`);
  }
  const broker = openFileBroker({ folder });
  t.teardown(() => broker.close());
  const messages = await broker.peek("q", "pending", 1_000_000);
  const batches = new Map<string, number>();
  for (const { body } of messages) {
    const batch = Buffer.from(body).toString().replace(/ \d+$/, "");
    batches.set(batch, (batches.get(batch) ?? 0) + 1);
  }
  t.true(
    [...batches.values()].every((count) => count === 5),
    "no batch is there in part",
  );
  t.deepEqual(
    accepted.filter((batch) => !batches.has(batch)),
    [],
  );
});

test("what a killed process held comes back long before its lease would end", async (t) => {
  const folder = await ownFolder(t);
  const broker = openFileBroker({ folder });
  t.teardown(() => broker.close());
  await broker.publish([{ id: "1", queue: "q", body: Buffer.from("1") }]);
  const holder = new Part(t, "holder", folder, "3600000");
  t.is(await holder.says(), "holds");
  await holder.kill();
  const consumer = await broker.consume({ queues: ["q"], capacity: 1 });
  const [delivery] = await consumer.take(1);
  t.is(delivery?.crashes, 1);
});

test("what was held when the machine went down comes back at once after it has started again", async (t) => {
  const folder = await ownFolder(t);
  const broker = openFileBroker({ folder });
  const store = acquireStore({ folder });
  t.teardown(() => Promise.all([broker.close(), releaseStore(store)]));
  await broker.publish([{ id: "1", queue: "q", body: Buffer.from("1") }]);
  const before = await broker.consume({ queues: ["q"], capacity: 1, leaseMs: 3_600_000 });
  await before.take(1);
  const consumers = store.records<{ process: { boot: string } }>("consumers");
  for (const { key, value } of [...consumers.getRange()]) {
    consumers.putSync(key, { ...value, process: { ...value.process, boot: "an earlier run" } });
  }
  const after = await broker.consume({ queues: ["q"], capacity: 1 });
  const [delivery] = await after.take(1);
  t.is(delivery?.crashes, 1);
});

test("a process that is suspended beyond its lease loses its claim, hears of it, and goes on", async (t) => {
  const folder = await ownFolder(t);
  const broker = openFileBroker({ folder });
  t.teardown(() => broker.close());
  await broker.publish([{ id: "1", queue: "q", body: Buffer.from("1") }]);
  const suspended = new Part(t, "holder", folder, "300");
  t.is(await suspended.says(), "holds");
  suspended.child.kill("SIGSTOP");
  const consumer = await broker.consume({ queues: ["q"], capacity: 1, leaseMs: 30_000 });
  // Its own timers, which take the claim over, do not keep a process alive.
  const awake = setInterval(() => {}, 1_000);
  const [delivery] = await consumer.take(1);
  clearInterval(awake);
  t.is(delivery?.crashes, 1);
  suspended.tell("settle");
  suspended.child.kill("SIGCONT");
  t.deepEqual(await suspended.says(), { lost: ["1"] });
  t.deepEqual(await suspended.says(), { settled: ["lost"] });
  await broker.publish([{ id: "2", queue: "q", body: Buffer.from("2") }]);
  t.deepEqual(await suspended.says(), { took: "2" });
  t.deepEqual(await consumer.settle([{ delivery: delivery!, as: "ack" }]), ["ok"]);
});
