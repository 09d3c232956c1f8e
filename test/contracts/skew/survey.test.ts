import { readFile } from "node:fs/promises";
import test from "ava";
import { MachineryError } from "machinery-ts";
import { dispatcher } from "machinery-ts/gen/v1";
import { definitions } from "../../../generated/definitions.js";
import { decodeAnnouncement, decodeRollCall, encodeAnnouncement, encodeRollCall } from "../../../src/wire/notices.js";
import { lines as faults } from "../../codegen/contract-lines.js";
import { modelOf } from "../../codegen/emit/project.js";
import { blocks } from "../../readme/markdown.js";
import { first, third } from "./contracts.js";
import { hashOf, int, message, skewStage } from "./stage.js";

// Those of CONTRACTS.md.
const shown = blocks(await readFile("CONTRACTS.md", "utf8"));
const [contract, program] = ["schema/tasks.yaml", "tasks/index.ts"].map(
  (path) => shown.find(({ mark }) => mark === `versions: ${path}`)!.text,
) as [string, string];

test("the survey says which versions wait, and who runs, migrates or only validates them", async (t) => {
  const { server, work, end } = await skewStage(t, contract, program);
  const [one, now, unknown] = [hashOf(first), hashOf(contract), "0123456789abcdef"];
  const later = { ETA: new Date(Date.now() + 3_600_000).toISOString() };
  const view = server.getBroker();
  const hashes = [one, one, unknown, undefined];
  for (const hash of hashes) await server.sendRaw(message([int(1), int(2)], hash, later));
  await server.sendRaw(message([int(1), int(2)], one));

  const before = await view.versions(undefined, 1000, 50);
  t.deepEqual(before.workers, []);
  t.deepEqual(
    before.versions.map(({ hash, pending, delayed }) => [hash, pending, delayed]),
    [
      [undefined, 0, 1],
      [unknown, 0, 1],
      [one, 1, 2],
    ].sort(([a], [b]) => (String(a ?? "") < String(b ?? "") ? -1 : 1)),
  );

  const worker = await work();
  t.is((await end(message([int(1), int(2)], one))).results?.[0]?.Value, 3);
  const elsewhere = await work({ queues: ["elsewhere"] });
  const after = await view.versions(undefined, 1000, 200);
  t.deepEqual(after.workers, ["w"]);
  const takers = Object.fromEntries(
    after.versions.map(({ hash = "none", runBy, migratedBy, validatedBy }) => [
      hash,
      [runBy.length, migratedBy.length, validatedBy.length],
    ]),
  );
  t.deepEqual(takers, { none: [1, 0, 0], [unknown]: [0, 0, 1], [one]: [0, 1, 0], [now]: [1, 0, 0] });
  t.is((await view.workers(200))?.length, 2);
  await worker.stop();
  await elsewhere.stop();
  t.deepEqual(await view.workers(50), []);
});

test("what is no answer to a roll call is nobody's", (t) => {
  const worker = { worker: "w", id: "1", queues: ["q"], tasks: { add: [["a"], []] } };
  t.deepEqual(decodeAnnouncement(Buffer.from(JSON.stringify(worker))), worker as never);
  const texts = [
    "",
    "null",
    "[]",
    '{"worker":1}',
    JSON.stringify({ ...worker, tasks: null }),
    JSON.stringify({ ...worker, queues: [1] }),
  ];
  for (const text of texts) t.is(decodeAnnouncement(Buffer.from(text)), undefined);
  const odd = { ...worker, tasks: { a: "b", c: [["d"]], e: [[1], []], add: [["a"], []] } };
  t.deepEqual(decodeAnnouncement(Buffer.from(JSON.stringify(odd))), worker as never);
  t.is(decodeRollCall(encodeRollCall("roll-call:task_1")), "roll-call:task_1");
  for (const reply of ["", "a b", 1, "a".repeat(241)]) t.is(decodeRollCall(Buffer.from(JSON.stringify({ reply }))), undefined);
  const many = { ...worker, tasks: Object.fromEntries(Array.from({ length: 450 }, (_, i) => [`t${i}`, [["a"], []]])) };
  const parts = encodeAnnouncement(many as never).map((body) => Object.keys(decodeAnnouncement(body)!.tasks).length);
  t.deepEqual(parts, [200, 200, 50]);
});

test("a task's former names lead to hashes that are known as its own", (t) => {
  const [renamed] = modelOf(first.replace("add: {", "sum: { aliases: [add],")).tasks;
  t.deepEqual(renamed!.formerHashes, [hashOf(first)]);
  const [older] = modelOf(third("inline").replace("  add:\n", "  sum:\n    aliases: [add]\n")).tasks[0]!.versions;
  t.deepEqual(older!.formerHashes, [hashOf(first)]);
});

test("a version that cannot be told from another is refused, and so is a task that is called as a migration", (t) => {
  const same = `contract: "1"\npackage: p\ntasks:\n  add: { args: [{ name: a, type: int8 }], versions: [{ args: [{ name: b, type: int8 }] }] }\n`;
  t.regex(faults(same)[0]!, /^4:\d+ \/tasks\/add\/versions\/0 \[ERR_VERSION\] Version 1 cannot be told from the task as it is now/);
  const called = `contract: "1"\npackage: p\ntasks:\n  add: { versions: [{ args: [{ name: b, type: int8 }] }] }\n  add_1_to_2: {}\n`;
  t.regex(faults(called)[0]!, /^5:3 \/tasks\/add_1_to_2 \[ERR_NAME_COLLISION\]/);
});

test("a migration that plain JavaScript leaves out is an error when the worker is made", (t) => {
  const definition = { ...definitions.add, versions: [{ hash: "0", validate: definitions.add.validate, decodeArgs: () => [] }] };
  const error = t.throws(() => dispatcher([[definition, () => 0n, [undefined]]]), { instanceOf: MachineryError });
  t.is(error.message.split(" Export")[0], "[ERR_HANDLER_MISSING] add@1→2: the migration is missing.");
});
