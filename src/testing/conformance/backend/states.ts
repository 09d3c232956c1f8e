import type { StateName } from "../../../backends/backend.js";
import type { BackendSubject } from "./subject.js";
import { createdAt, type RegisterBackendTest, readState, stateOf, stateWrite } from "./trial.js";

const states: readonly StateName[] = ["PENDING", "RECEIVED", "STARTED", "RETRY", "SUCCESS", "FAILURE"];
const isTerminal = (state: StateName): boolean => state === "SUCCESS" || state === "FAILURE";

/** write and read: which state may follow which, and what is read back. */
export function stateRule(register: RegisterBackendTest, subject: BackendSubject): void {
  register("declares the capabilities of its subject, frozen", async (t, { backend }) => {
    t.deepEqual({ ...backend.capabilities }, { ...subject.capabilities });
    t.true(Object.isFrozen(backend.capabilities));
  });

  register("a state is read back whole", async (t, trial) => {
    const id = trial.id();
    const results = '[{"Type":"int64","Value":9007199254740993},{"Type":"string","Value":"é \\" \\u0000 😀"}]';
    await trial.backend.write([stateWrite(id, "SUCCESS", { name: "sum", results })]);
    const [json] = await trial.backend.read([id]);
    t.deepEqual(readState(json!), {
      id,
      name: "sum",
      state: "SUCCESS",
      results: JSON.parse(results),
      error: "",
      createdAt: Date.parse(createdAt(0)),
    });
    t.true(json!.includes("9007199254740993"), "no digit is lost");
  });

  register("read answers in the order asked, with null for what it does not know", async (t, trial) => {
    const [a, b, unknown] = [trial.id(), trial.id(), trial.id()];
    await trial.backend.write([stateWrite(a, "STARTED"), stateWrite(b, "FAILURE", { error: "no" })]);
    const read = await trial.backend.read([b, unknown, a]);
    t.deepEqual(read.map(stateOf), ["FAILURE", null, "STARTED"]);
    t.is(readState(read[0]!)?.error, "no");
    t.deepEqual(await trial.backend.read([]), []);
    t.deepEqual(await trial.backend.write([]), []);
  });

  for (const first of states) {
    register(`what may follow ${first}`, async (t, trial) => {
      for (const second of states) {
        const id = trial.id();
        t.deepEqual(await trial.backend.write([stateWrite(id, first, { error: "first" })]), [{ ok: true }]);
        const [outcome] = await trial.backend.write([stateWrite(id, second, { error: "second" })]);
        const allowed = !isTerminal(first) && second !== "PENDING";
        t.is(outcome!.ok, allowed, `${first} then ${second}`);
        if (!outcome!.ok)
          t.deepEqual([stateOf(outcome!.stored), readState(outcome!.stored)?.error], [first, "first"], "what is stored");
        const [json] = await trial.backend.read([id]);
        t.deepEqual([stateOf(json!), readState(json!)?.error], allowed ? [second, "second"] : [first, "first"]);
      }
    });
  }

  register("a task's whole way, a retry included", async (t, trial) => {
    const id = trial.id();
    for (const state of ["PENDING", "RECEIVED", "STARTED", "RETRY", "RECEIVED", "STARTED", "SUCCESS"] as const) {
      t.deepEqual(await trial.backend.write([stateWrite(id, state)]), [{ ok: true }]);
    }
    t.deepEqual((await trial.backend.read([id])).map(stateOf), ["SUCCESS"]);
  });

  register("a batch is stored in order, one outcome for each", async (t, trial) => {
    const [a, b] = [trial.id(), trial.id()];
    const outcomes = await trial.backend.write([
      stateWrite(a, "PENDING"),
      stateWrite(b, "STARTED"),
      stateWrite(a, "RECEIVED"),
      stateWrite(b, "PENDING"),
      stateWrite(a, "SUCCESS", { results: '[{"Type":"int64","Value":1}]' }),
      stateWrite(a, "STARTED"),
      stateWrite(a, "FAILURE", { error: "too late" }),
    ]);
    t.deepEqual(
      outcomes.map(({ ok }) => ok),
      [true, true, true, false, true, false, false],
    );
    for (const i of [5, 6]) {
      const outcome = outcomes[i]!;
      t.is(outcome.ok ? null : stateOf(outcome.stored), "SUCCESS");
    }
    const [stored] = await trial.backend.read([a]);
    t.deepEqual(readState(stored!)?.results, [{ Type: "int64", Value: 1 }]);
  });

  register("later states keep the CreatedAt of the first, also within a batch", async (t, trial) => {
    const [a, b] = [trial.id(), trial.id()];
    await trial.backend.write([stateWrite(a, "PENDING", { createdAt: createdAt(1) })]);
    await trial.backend.write([stateWrite(a, "STARTED", { createdAt: createdAt(2) })]);
    await trial.backend.write([stateWrite(a, "SUCCESS", { createdAt: createdAt(3) })]);
    await trial.backend.write([
      stateWrite(b, "RECEIVED", { createdAt: createdAt(4) }),
      stateWrite(b, "FAILURE", { createdAt: createdAt(5) }),
    ]);
    const [refused] = await trial.backend.write([stateWrite(a, "FAILURE", { createdAt: createdAt(6) })]);
    const told = [...(await trial.backend.read([a, b])), refused!.ok ? null : refused!.stored];
    t.deepEqual(
      told.map((json) => [stateOf(json), readState(json)?.createdAt]),
      [
        ["SUCCESS", Date.parse(createdAt(1))],
        ["FAILURE", Date.parse(createdAt(4))],
        ["SUCCESS", Date.parse(createdAt(1))],
      ],
    );
  });

  register("text that looks like a state inside a state fools nobody", async (t, trial) => {
    const id = trial.id();
    const name = 'x","State":"SUCCESS","y":"';
    const error = '{"State":"FAILURE"}';
    t.deepEqual(await trial.backend.write([stateWrite(id, "STARTED", { name, error })]), [{ ok: true }]);
    t.deepEqual(await trial.backend.write([stateWrite(id, "RETRY", { name, error })]), [{ ok: true }]);
    const [json] = await trial.backend.read([id]);
    t.deepEqual([readState(json!)?.name, stateOf(json!), readState(json!)?.error], [name, "RETRY", error]);
  });

  register("a large state is stored whole, or refused with an error and nothing stored", async (t, trial) => {
    const [large, small] = [trial.id(), trial.id()];
    const results = JSON.stringify([{ Type: "string", Value: "é".repeat(1 << 20) }]);
    const [outcome, other] = await trial.backend.write([stateWrite(large, "SUCCESS", { results }), stateWrite(small, "SUCCESS")]);
    t.true(other!.ok, "its neighbour is stored");
    const [json] = await trial.backend.read([large]);
    if (outcome!.ok) {
      t.true(JSON.stringify(readState(json!)?.results) === results);
    } else {
      t.is(outcome!.stored, null);
      t.true(outcome!.stored === null && outcome!.error instanceof Error);
      t.is(json, null);
    }
  });

  register("a batch of a thousand", async (t, trial) => {
    const ids = Array.from({ length: 1000 }, () => trial.id());
    const outcomes = await trial.backend.write(ids.map((id, i) => stateWrite(id, "SUCCESS", { error: `${i}` })));
    t.true(outcomes.length === ids.length && outcomes.every(({ ok }) => ok));
    const read = await trial.backend.read(ids);
    t.deepEqual(
      read.map((json) => readState(json)?.error),
      ids.map((_, i) => `${i}`),
    );
  });

  register("of terminal states that race, one is stored for good", async (t, trial) => {
    const backends = [trial.backend, await trial.connect(), await trial.connect()];
    for (let round = 0; round < 20; round++) {
      const id = trial.id();
      const races = backends.map((backend, i) =>
        backend.write([
          stateWrite(id, i % 2 ? "FAILURE" : "SUCCESS", { error: `${i}` }),
          stateWrite(id, "STARTED", { error: `${i}` }),
        ]),
      );
      const outcomes = (await Promise.all(races)).map(([outcome]) => outcome!);
      const stored = readState((await trial.backend.read([id]))[0]!)!;
      t.true(stored.state !== "STARTED");
      if (!subject.capabilities.atomicStates) continue;
      t.is(outcomes.filter(({ ok }) => ok).length, 1, "one of them wins");
      for (const [i, outcome] of outcomes.entries()) {
        t.is(outcome.ok ? `${i}` : readState(outcome.stored)?.error, stored.error, "and all are told the same");
      }
    }
  });

  register(`a state can be read again${subject.capabilities.rereadable ? "" : ", but not by others"}`, async (t, trial) => {
    const id = trial.id();
    await trial.backend.write([stateWrite(id, "SUCCESS")]);
    t.deepEqual((await trial.backend.read([id])).map(stateOf), ["SUCCESS"]);
    t.deepEqual((await trial.backend.read([id])).map(stateOf), ["SUCCESS"]);
    const other = await trial.connect();
    t.deepEqual((await other.read([id])).map(stateOf), [subject.capabilities.rereadable ? "SUCCESS" : null]);
  });
}
