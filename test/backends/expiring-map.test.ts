import test from "ava";
import { ExpiringMap } from "../../src/backends/memory/expiring-map.js";

test("an ended entry is not found any more", (t) => {
  const map = new ExpiringMap<{ expiresAt: number }>();
  map.set("a", { expiresAt: 10 }, 0);
  t.deepEqual(map.get("a", 9), { expiresAt: 10 });
  t.is(map.get("a", 10), undefined);
  t.is(map.size, 0);
});

test("new entries sweep out the ended ones: the map holds little more than what lives", (t) => {
  const map = new ExpiringMap<{ expiresAt: number }>();
  const lifetime = 1000;
  let most = 0;
  for (let now = 0; now < 50 * lifetime; now++) {
    map.set(`key ${now}`, { expiresAt: now + lifetime }, now);
    most = Math.max(most, map.size);
  }
  t.true(most <= 3 * lifetime, `${most} entries`);
});

test("of entries with different times, none is forgotten by the sweep", (t) => {
  const map = new ExpiringMap<{ expiresAt: number }>();
  for (let i = 0; i < 300; i++) map.set(`long ${i}`, { expiresAt: 10_000 }, 0);
  for (let now = 1; now < 9_000; now++) map.set(`short ${now}`, { expiresAt: now + (now % 7) }, now);
  t.true(map.size < 1000, `${map.size} entries`);
  t.not(map.get("long 0", 9_999), undefined);
  for (let i = 0; i < 1_500; i++) map.set(`later ${i}`, { expiresAt: 10_001 }, 10_000);
  for (let i = 0; i < 3_000; i++) map.set(`last ${i}`, { expiresAt: 30_000 }, 20_000);
  t.is(map.size, 3_000);
});
