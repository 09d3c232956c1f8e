import { rejectsWith } from "../test-function.js";
import type { BackendSubject } from "./subject.js";
import { groupMember, type RegisterBackendTest, stateOf, stateWrite } from "./trial.js";

/** How long things are kept: time to live, purge, close. */
export function keeping(register: RegisterBackendTest, subject: BackendSubject): void {
  const { ttlMs } = subject;

  register("a state is gone when its time is over, and not before", async (t, trial) => {
    const [short, long] = [trial.id(), trial.id()];
    await trial.backend.write([stateWrite(short, "SUCCESS", { ttlMs }), stateWrite(long, "SUCCESS")]);
    t.deepEqual((await trial.backend.read([short, long])).map(stateOf), ["SUCCESS", "SUCCESS"]);
    await trial.stage.elapse(ttlMs);
    t.deepEqual((await trial.backend.read([short, long])).map(stateOf), [null, "SUCCESS"]);
  });

  register("each state renews the time to live", async (t, trial) => {
    const id = trial.id();
    await trial.backend.write([stateWrite(id, "PENDING", { ttlMs })]);
    await trial.backend.write([stateWrite(id, "STARTED")]);
    await trial.stage.elapse(ttlMs);
    t.deepEqual((await trial.backend.read([id])).map(stateOf), ["STARTED"]);
  });

  register("an expired state binds nobody", async (t, trial) => {
    const id = trial.id();
    await trial.backend.write([stateWrite(id, "SUCCESS", { ttlMs })]);
    await trial.stage.elapse(ttlMs);
    t.deepEqual(await trial.backend.write([stateWrite(id, "PENDING")]), [{ ok: true }]);
    t.deepEqual((await trial.backend.read([id])).map(stateOf), ["PENDING"]);
  });

  register("a group's record is gone when its time is over", async (t, trial) => {
    const id = await trial.openGroup(2, ttlMs);
    t.true((await trial.backend.readGroups([id]))[0] !== null);
    await trial.stage.elapse(ttlMs);
    t.deepEqual(await trial.backend.readGroups([id]), [null]);
  });

  register("purge forgets states and groups, whatever they are", async (t, trial) => {
    const [terminal, kept, unknown] = [trial.id(), trial.id(), trial.id()];
    const group = await trial.openGroup(2);
    await trial.backend.write([stateWrite(terminal, "SUCCESS"), stateWrite(kept, "STARTED")]);
    await trial.backend.memberDone([groupMember(group, 0, 2)]);
    await trial.backend.purge([terminal, group, unknown]);
    await trial.backend.purge([]);
    t.deepEqual((await trial.backend.read([terminal, kept])).map(stateOf), [null, "STARTED"]);
    t.deepEqual(await trial.backend.readGroups([group]), [null]);
    t.deepEqual(await trial.backend.write([stateWrite(terminal, "PENDING")]), [{ ok: true }]);
    const answers = await trial.backend.memberDone([groupMember(group, 1, 2)]);
    if (subject.capabilities.evicts) t.deepEqual(answers, ["won"], "a group whose record is gone is over");
    else t.deepEqual(answers, ["open"], "the members that had ended are forgotten too");
  });

  register(`states ${subject.capabilities.persistent ? "outlive" : "may go with"} the last connection`, async (t, trial) => {
    const id = trial.id();
    await trial.backend.write([stateWrite(id, "SUCCESS")]);
    await trial.backend.close();
    const backend = await trial.connect();
    const [state] = (await backend.read([id])).map(stateOf);
    if (subject.capabilities.persistent) t.is(state, "SUCCESS");
    else if (!subject.capabilities.shared) t.is(state, null);
    else t.true(state === null || state === "SUCCESS");
  });

  register("close is idempotent; a closed backend rejects with ERR_CLOSED", async (t, { backend }) => {
    await Promise.all([backend.close(), backend.close()]);
    await backend.close();
    await rejectsWith(t, "ERR_CLOSED", backend.write([stateWrite("task_1", "PENDING")]));
    await rejectsWith(t, "ERR_CLOSED", backend.read(["task_1"]));
    await rejectsWith(t, "ERR_CLOSED", backend.lease("key", "owner", 1000));
  });
}
