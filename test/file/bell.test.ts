import test from "ava";
import { openFileBackend } from "../../src/backends/file.js";
import { openFileBroker } from "../../src/brokers/file.js";
import { ownFolder, Part } from "./process.js";

test("a worker in another process wakes for a message, with no timer to help", async (t) => {
  const folder = await ownFolder(t);
  const broker = openFileBroker({ folder });
  t.teardown(() => broker.close());
  await broker.declare(["q"]);
  const waiter = new Part(t, "waiter", folder);
  for (let i = 0; i < 20; i++) {
    t.is(await waiter.says(), "waits");
    await broker.publish([{ id: `${i}`, queue: "q", body: Buffer.from(`${i}`) }]);
    t.is(await waiter.says(), `${i}`);
  }
});

test("a watch in another process hears of a state, with no timer to help", async (t) => {
  const folder = await ownFolder(t);
  const backend = openFileBackend({ folder });
  t.teardown(() => backend.close());
  const watcher = new Part(t, "watcher", folder);
  t.is(await watcher.says(), "watches");
  for (const state of ["PENDING", "RECEIVED", "STARTED", "SUCCESS"] as const) {
    const json = `{"TaskUUID":"watched","TaskName":"t","State":"${state}","Results":null,"Error":"","CreatedAt":"2026"}`;
    const write = { id: "watched", name: "t", state, results: null, error: "", createdAt: "2026", json, ttlMs: 60_000 };
    await backend.write([write]);
    t.is(await watcher.says(), state);
  }
});

test("a listener in another process hears a notice, with no timer to help", async (t) => {
  const folder = await ownFolder(t);
  const broker = openFileBroker({ folder });
  t.teardown(() => broker.close());
  const listener = new Part(t, "listener", folder);
  t.is(await listener.says(), "listens");
  for (let i = 0; i < 20; i++) {
    await broker.notify([{ topic: "topic", body: Buffer.from(`${i}`) }]);
    t.is(await listener.says(), `${i}`);
  }
});
