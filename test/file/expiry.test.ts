import { statSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import type { StateWrite } from "../../src/backends/backend.js";
import { openFileBackend } from "../../src/backends/file.js";
import { openFileBroker } from "../../src/brokers/file.js";
import { acquireStore, releaseStore } from "../../src/store/store.js";
import { ManualClock } from "../../src/util/clock.js";
import { ownFolder } from "./process.js";

const ttlMs = 60_000;

function states(prefix: string, count: number): StateWrite[] {
  return Array.from({ length: count }, (_, i) => {
    const id = `${prefix}_${i}`;
    const json = `{"TaskUUID":"${id}","TaskName":"t","State":"SUCCESS","Results":null,"Error":"","CreatedAt":"2026"}`;
    return { id, name: "t", state: "SUCCESS", results: null, error: "", createdAt: "2026", json, ttlMs };
  });
}

test("what has expired is deleted along with later writes", async (t) => {
  const folder = await ownFolder(t);
  const clock = new ManualClock();
  const backend = openFileBackend({ folder, clock });
  const store = acquireStore({ folder });
  t.teardown(() => Promise.all([backend.close(), releaseStore(store)]));
  const members = Array.from({ length: 2_500 }, (_, i) => `task_${i}`);
  await backend.write(states("old", 500));
  await backend.openGroup({ id: "group", members, json: "{}", ttlMs });
  await backend.memberDone(members.map((member) => ({ group: "group", member, count: 3_000, leaseMs: 1_000, ttlMs })));
  await backend.lease("lease", "owner", ttlMs);
  await backend.write(states("kept", 1).map((write) => ({ ...write, ttlMs: 3_600_000 })));
  await clock.advance(3 * ttlMs);
  for (let i = 0; i < 30; i++) await backend.write(states("later", 10));
  store.refresh();
  const rows = (table: string): number => store.table(table).getKeysCount();
  t.is(rows("states"), 11);
  t.deepEqual([rows("groups"), rows("gates"), rows("marks"), rows("leases")], [0, 0, 0, 0]);
  t.is(rows("expiry"), 11);
});

test("a state that is written again outlives its first time to live", async (t) => {
  const folder = await ownFolder(t);
  const clock = new ManualClock();
  const backend = openFileBackend({ folder, clock });
  t.teardown(() => backend.close());
  const [write] = states("renewed", 1) as [StateWrite];
  await backend.write([{ ...write, state: "STARTED" }]);
  await clock.advance(ttlMs / 2);
  await backend.write([{ ...write, ttlMs: 10 * ttlMs }]);
  await clock.advance(3 * ttlMs);
  await backend.write(states("later", 10));
  t.deepEqual(await backend.read(["renewed_0"]), [write.json]);
});

test("the file stops growing when as much expires as is written", async (t) => {
  const folder = await ownFolder(t);
  const clock = new ManualClock();
  const backend = openFileBackend({ folder, clock });
  t.teardown(() => backend.close());
  const size = (): number => statSync(join(folder, "data.mdb")).size;
  const minutes = async (from: number, to: number): Promise<void> => {
    for (let minute = from; minute < to; minute++) {
      for (let batch = 0; batch < 50; batch++) await backend.write(states(`minute_${minute}_${batch}`, 10));
      await clock.advance(ttlMs);
    }
  };
  await minutes(0, 25);
  const settled = size();
  await minutes(25, 100);
  t.true(size() <= settled * 1.5, `${settled} bytes after 25 minutes, ${size()} after 100`);
});

test("of notices no more than a thousand or so are kept", async (t) => {
  const folder = await ownFolder(t);
  const broker = openFileBroker({ folder });
  const store = acquireStore({ folder });
  t.teardown(() => Promise.all([broker.close(), releaseStore(store)]));
  const notices = Array.from({ length: 3_000 }, (_, i) => ({ topic: "topic", body: Buffer.from(`${i}`) }));
  await broker.notify(notices.slice(0, 700));
  await broker.notify(notices.slice(700));
  store.refresh();
  t.is(store.table("notices").getKeysCount(), 1_024);
});
