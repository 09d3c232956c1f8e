import type { BackendSubject } from "./subject.js";
import type { RegisterBackendTest } from "./trial.js";

const hourMs = 3_600_000;

/** lease: one owner of a name at a time. */
export function leases(register: RegisterBackendTest, subject: BackendSubject): void {
  register("a lease has one owner, who may renew it and give it up", async (t, trial) => {
    const [key, other] = [trial.id(), trial.id()];
    const elsewhere = await trial.connect();
    t.is(await trial.backend.lease(key, "a", hourMs), true);
    t.is(await elsewhere.lease(key, "b", hourMs), false);
    t.is(await elsewhere.lease(other, "b", hourMs), true, "another name is another lease");
    t.is(await trial.backend.lease(key, "a", hourMs), true, "renewed");
    t.is(await elsewhere.lease(key, "b", 0), false, "nobody gives up what another owns");
    t.is(await elsewhere.lease(key, "b", hourMs), false);
    t.is(await trial.backend.lease(key, "a", 0), true);
    t.is(await elsewhere.lease(key, "b", hourMs), true);
    t.is(await trial.backend.lease(key, "a", hourMs), false);
  });

  register("a lease runs out unless it is renewed", async (t, trial) => {
    const [renewed, left] = [trial.id(), trial.id()];
    await trial.backend.lease(renewed, "a", subject.ttlMs);
    await trial.backend.lease(left, "a", subject.ttlMs);
    t.is(await trial.backend.lease(renewed, "a", hourMs), true);
    await trial.stage.elapse(subject.ttlMs);
    t.is(await trial.backend.lease(renewed, "b", hourMs), false);
    t.is(await trial.backend.lease(left, "b", hourMs), true);
    t.is(await trial.backend.lease(left, "a", hourMs), false);
  });

  register("of those who race for a lease one gets it", async (t, trial) => {
    const backends = [trial.backend, await trial.connect(), await trial.connect()];
    for (let round = 0; round < 20; round++) {
      const key = trial.id();
      const got = await Promise.all(backends.map((backend, i) => backend.lease(key, `${i}`, hourMs)));
      t.is(got.filter(Boolean).length, 1);
    }
  });
}
