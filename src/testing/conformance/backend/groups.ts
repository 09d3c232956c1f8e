import type { Backend } from "../../../backends/backend.js";
import { GateModel, type Interval } from "./gate-model.js";
import type { BackendSubject } from "./subject.js";
import { type BackendTrial, groupJson, groupMember, memberName, type RegisterBackendTest } from "./trial.js";

const sentStep = "sent";
type Step = number | typeof sentStep;

/** openGroup, readGroups, memberDone, chordSent: a chord's callback goes out once, whatever comes in whichever order. */
export function groups(register: RegisterBackendTest, subject: BackendSubject): void {
  register("a group's record is read back, null for one that nobody knows", async (t, trial) => {
    const id = await trial.openGroup(2);
    const read = await trial.backend.readGroups([trial.id("group"), id]);
    t.is(read[0], null);
    const expected = JSON.parse(groupJson(id, [memberName(0), memberName(1)]));
    const { GroupUUID, TaskUUIDs, ChordTriggered } = JSON.parse(read[1]!);
    t.deepEqual(
      { GroupUUID, TaskUUIDs, ChordTriggered },
      {
        GroupUUID: id,
        TaskUUIDs: expected.TaskUUIDs,
        ChordTriggered: false,
      },
    );
    t.deepEqual(await trial.backend.readGroups([]), []);
  });

  register("the last member opens the gate, also within a batch", async (t, trial) => {
    const [one, two] = [await trial.openGroup(3), await trial.openGroup(1)];
    const answers = await trial.backend.memberDone([
      groupMember(one, 0, 3),
      groupMember(two, 0, 1),
      groupMember(one, 1, 3),
      groupMember(one, 0, 3),
      groupMember(one, 2, 3),
      groupMember(one, 1, 3),
    ]);
    t.deepEqual(answers, ["open", "won", "open", "open", "won", "sent"]);
    await trial.backend.chordSent([one, two]);
    t.deepEqual(await trial.backend.memberDone([groupMember(one, 2, 3), groupMember(two, 0, 1)]), ["sent", "sent"]);
    t.deepEqual(await trial.backend.memberDone([]), []);
    await trial.backend.chordSent([]);
  });

  register("a winner that comes again before the callback is out wins again", async (t, trial) => {
    const group = await trial.openGroup(2);
    await trial.backend.memberDone([groupMember(group, 0, 2)]);
    const last = [groupMember(group, 1, 2)];
    t.deepEqual(await trial.backend.memberDone(last), ["won"]);
    t.deepEqual(await trial.backend.memberDone(last), ["won"]);
    await trial.backend.chordSent([group]);
    t.deepEqual(await trial.backend.memberDone(last), ["sent"]);
  });

  register("a winner that comes again with all others of its batch wins again, and none of them", async (t, trial) => {
    const group = await trial.openGroup(3);
    const members = [0, 1, 2].map((i) => groupMember(group, i, 3));
    const won = async () => (await trial.backend.memberDone(members)).map((answer) => answer === "won");
    t.deepEqual(await won(), [false, false, true]);
    t.deepEqual(await won(), [false, false, true]);
    await trial.backend.chordSent([group]);
    t.deepEqual(await won(), [false, false, false]);
  });

  register("when a winner's lease runs out another member wins", async (t, trial) => {
    const group = await trial.openGroup(2);
    const members = [groupMember(group, 0, 2, subject.ttlMs), groupMember(group, 1, 2, subject.ttlMs)];
    t.deepEqual(await trial.backend.memberDone(members), ["open", "won"]);
    await trial.stage.elapse(subject.ttlMs);
    t.deepEqual(await trial.backend.memberDone([members[0]!]), ["won"]);
  });

  register("of members that end at the same time, each of them three times, one wins", async (t, trial) => {
    const backends = [trial.backend, await trial.connect(), await trial.connect()];
    for (let round = 0; round < 20; round++) {
      const count = 6;
      const group = await trial.openGroup(count);
      const winners = new Set<number>();
      const end = async (backend: Backend, index: number): Promise<void> => {
        const [answer] = await backend.memberDone([groupMember(group, index, count)]);
        if (answer === "won") winners.add(index);
      };
      await Promise.all(backends.flatMap((backend, n) => [0, 1, 2, 3, 4, 5].map((i) => end(backend, (i + n * round) % count))));
      t.true(subject.capabilities.atomicGate ? winners.size === 1 : winners.size >= 1, `${winners.size} won`);
    }
  });

  // Duplicated deliveries, crashes before `chordSent` and expired leases, in every order: each sequence on a group of its own.
  for (const leaseEndsBefore of [undefined, 2, 3, 4]) {
    const title = leaseEndsBefore === undefined ? "no lease running out" : `leases running out before step ${leaseEndsBefore + 1}`;
    register(`every sequence of five steps on two members, ${title}`, async (t, trial) => {
      t.deepEqual(await disagreements(trial, 2, 5, leaseEndsBefore), []);
    });
  }
  register("every sequence of five steps on three members, leases running out before the last", async (t, trial) => {
    t.deepEqual(await disagreements(trial, 3, 5, 4), []);
  });
}

/** Runs every sequence of `length` steps beside the model, step by step for all at once; what they do not agree on. */
async function disagreements(
  trial: BackendTrial,
  members: number,
  length: number,
  leaseEndsBefore: number | undefined,
): Promise<string[]> {
  const leaseMs = leaseEndsBefore === undefined ? 3_600_000 : trial.subject.ttlMs;
  const runs = await Promise.all(
    sequences(members, length).map(async (steps) => ({
      steps,
      group: await trial.openGroup(members),
      model: new GateModel(members, leaseMs),
    })),
  );
  const wrong: string[] = [];
  for (let at = 0; at < length; at++) {
    if (at === leaseEndsBefore) await trial.stage.elapse(leaseMs);
    const sending = runs.filter(({ steps, model }) => steps[at] === sentStep && model.hasWinner);
    await trial.backend.chordSent(sending.map(({ group }) => group));
    for (const { model } of sending) model.sent();
    const ending = runs.filter(({ steps }) => steps[at] !== sentStep);
    const start = trial.stage.now();
    const answers = await trial.backend.memberDone(
      ending.map((run) => groupMember(run.group, run.steps[at] as number, members, leaseMs)),
    );
    const when: Interval = { start, end: trial.stage.now() };
    for (const [i, { steps, model }] of ending.entries()) {
      const allowed = model.memberDone(steps[at] as number, when, answers[i]!);
      if (!allowed.includes(answers[i]!))
        wrong.push(`${steps.slice(0, at + 1).join(" ")}: ${answers[i]}, not ${allowed.join(" or ")}`);
    }
  }
  return wrong;
}

function sequences(members: number, length: number): Step[][] {
  if (length === 0) return [[]];
  const steps: Step[] = [...Array(members).keys(), sentStep];
  return sequences(members, length - 1).flatMap((head) => steps.map((step) => [...head, step]));
}
