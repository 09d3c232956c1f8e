import test from "ava";
import { openMemoryBackend } from "../../src/backends/memory.js";
import { openMemoryBroker } from "../../src/brokers/memory.js";
import { CallMeter } from "./call-meter.js";
import { costOf, keepTo } from "./load.js";

test("calls of a task to the broker and the result backend in memory", async (t) => {
  const meter = new CallMeter();
  const broker = await openMemoryBroker({ name: "another" });
  const consumer = await broker.consume({ queues: [], capacity: 1 });
  for (const one of [broker, consumer, await openMemoryBackend({ name: "another" })]) meter.count(one);
  const url = `memory:${t.title}`;
  const cost = await costOf(t, { broker: url, resultBackend: url }, meter);
  keepTo(t, { single: { commands: 8, bytes: 0 }, batched: { commands: 0.08, bytes: 0 } }, cost);
});
