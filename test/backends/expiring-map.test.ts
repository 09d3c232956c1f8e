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
