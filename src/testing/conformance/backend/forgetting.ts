import { rejectsWith } from "../test-function.js";
import { groupMember, type RegisterBackendTest, stateWrite } from "./trial.js";

/** What a backend that keeps nothing takes, and what it refuses. */
export function forgetting(register: RegisterBackendTest): void {
  register("what is stored is taken, each time", async (t, trial) => {
    const { backend } = trial;
    const [task, other] = [trial.id(), trial.id()];
    const writes = [stateWrite(task, "SUCCESS"), stateWrite(task, "PENDING"), stateWrite(other, "STARTED")];
    t.deepEqual(await backend.write(writes), [{ ok: true }, { ok: true }, { ok: true }]);
    t.deepEqual(await backend.write([]), []);
    await trial.openGroup(2);
    await backend.purge([task]);
  });

  register("what would have to be kept is refused", async (t, trial) => {
    const { backend } = trial;
    const group = trial.id("group");
    await rejectsWith(t, "ERR_UNSUPPORTED", backend.read([trial.id()]));
    await rejectsWith(t, "ERR_UNSUPPORTED", backend.readGroups([group]));
    await rejectsWith(t, "ERR_UNSUPPORTED", backend.memberDone([groupMember(group, 0, 2)]));
    await rejectsWith(t, "ERR_UNSUPPORTED", backend.chordSent([group]));
    await rejectsWith(t, "ERR_UNSUPPORTED", backend.lease(trial.id(), "me", 1_000));
  });

  register("a closed backend refuses", async (t, trial) => {
    const { backend } = trial;
    await backend.close();
    await backend.close();
    await rejectsWith(t, "ERR_CLOSED", backend.write([stateWrite(trial.id(), "PENDING")]));
    await rejectsWith(t, "ERR_CLOSED", backend.read([trial.id()]));
  });
}
