import { join } from "node:path";
import test from "ava";
import { temporaryFolder } from "../services/temporary-folder.js";
import { settleAccount, type TaskRecord } from "./account.js";
import { Child } from "./child.js";
import { type Counted, type Figure, Together } from "./figures.js";
import { LedgerClient } from "./ledger-client.js";
import { spreadOf } from "./percentiles.js";
import { Random } from "./random.js";

const fine: TaskRecord = { sent: "ok", starts: 1, ends: 1, overlaps: 0, effects: 1, notes: [], pickUps: [] };

function account(
  records: Record<string, Partial<TaskRecord>>,
  ended: Record<string, "SUCCESS" | "FAILURE">,
  follows: string[] = [],
) {
  const tasks = new Map(Object.entries(records).map(([uuid, record]) => [uuid, { ...fine, ...record }]));
  return settleAccount(tasks, {
    follows: new Set(follows),
    known: new Set(follows),
    ended: new Set(Object.keys(ended)),
    succeeded: new Set(Object.keys(ended).filter((uuid) => ended[uuid] === "SUCCESS")),
  });
}

// What is counted here is nobody's figure.
delete process.env.CHAOS_FIGURES;

test("what is right", (t) => {
  t.deepEqual(account({ a: {}, b: { sent: "none" } }, { a: "SUCCESS", b: "SUCCESS" }, ["b"]), {
    attempted: 1,
    acknowledged: 1,
    executed: 2,
    recovered: 0,
    duplicated: 0,
    lost: [],
    imagined: [],
    unexpected: [],
    ineffective: [],
    overlapping: [],
  });
});

test("what is lost: confirmed, or to follow, and without an end", (t) => {
  t.deepEqual(account({ a: { starts: 0 }, c: { sent: "sending", starts: 0 } }, {}, ["b"]).lost, ["b", "a"]);
});

test("what ran, though its sending was not confirmed or never was", (t) => {
  const { recovered, unexpected } = account({ a: { sent: "ambiguous" }, b: { sent: "failed" }, c: { sent: "none" } }, {});
  t.is(recovered, 2);
  t.deepEqual(unexpected, ["c"]);
});

test("what succeeded without a run, or without an effect", (t) => {
  const { imagined, ineffective } = account({ a: { starts: 0 }, b: { effects: 0 } }, { a: "SUCCESS", b: "SUCCESS", c: "SUCCESS" });
  t.deepEqual(imagined, ["a", "c"]);
  t.deepEqual(ineffective, ["b"]);
});

test("what ran several times", (t) => {
  const { duplicated, overlapping } = account({ a: { starts: 3 }, b: { starts: 2, overlaps: 1 } }, { a: "SUCCESS", b: "SUCCESS" });
  t.is(duplicated, 3);
  t.deepEqual(overlapping, ["b"]);
});

test("a seed repeats its numbers, and another one has others", (t) => {
  const draw = (seed: number) => {
    const random = new Random(seed);
    return Array.from({ length: 20 }, () => random.whole(1, 1_000));
  };
  t.deepEqual(draw(7), draw(7));
  t.notDeepEqual(draw(7), draw(8));
  t.true(draw(7).every((number) => number >= 1 && number <= 1_000));
});

test("percentiles are of what there is: the 99th of a hundred is the second largest, of few the largest", (t) => {
  const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);
  t.deepEqual(spreadOf(hundred), { n: 100, p50: 50, p99: 99, max: 100 });
  t.deepEqual(spreadOf([3, 1, 2]), { n: 3, p50: 2, p99: 3, max: 3 });
});

test("the ledger goes by when a run ended, not when it heard so: a process that was killed may be heard late", async (t) => {
  const socket = join(await temporaryFolder(t), "socket");
  const judge = new Child("ledger", socket);
  t.teardown(() => judge.kill("SIGKILL"));
  t.true(await judge.ready);
  const [first, second] = [await LedgerClient.connect(socket), await LedgerClient.connect(socket)];
  for (const [uuid, endedAt] of [
    ["before", 5],
    ["after", 15],
  ] as const) {
    await first.ask({ op: "start", uuid, at: 1 });
    await second.ask({ op: "start", uuid, at: 10 });
    first.tell({ op: "end", uuid, at: endedAt });
    await first.ask({ op: "progress" });
  }
  const tasks = await first.report();
  for (const client of [first, second]) client.close();
  t.deepEqual(
    ["before", "after"].map((uuid) => tasks.get(uuid)!.overlaps),
    [0, 1],
  );
});

test("several tests that are one figure tell it once, when the last has added to it", (t) => {
  const told: Counted[] = [];
  const all = new Together(["a", "b"], (sum): Figure => {
    told.push(sum);
    return { what: "F2, nowhere", much: "", other: "" };
  });
  all.add(t, "a", { deaths: 1, again: 2, lost: 0 });
  all.add(t, "a", { deaths: 1, again: 2, lost: 0 });
  t.deepEqual(told, []);
  all.add(t, "b", { deaths: 10, again: 20, lost: 1 });
  t.deepEqual(told, [{ deaths: 11, again: 22, lost: 1 }]);
});
