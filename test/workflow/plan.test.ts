import { readFileSync } from "node:fs";
import test from "ava";
import { chain, chord, type ErrorCode, group, type MachineryError, signature } from "machinery-ts";
import { decodeMessage } from "../../src/wire/message.js";
import { SignatureEncoder } from "../../src/workflow/encode.js";
import { type Plan, plan, planTask } from "../../src/workflow/plan.js";
import type { Item } from "../../src/workflow/workflow.js";
import { add, multiply, none, note, report, resize, sub } from "./definitions.js";

const NOW = Date.UTC(2026, 0, 1);
const encoder = new SignatureEncoder({ queue: "vec" });
const planned = (item: Item): Plan => plan(item, encoder, NOW);
const parsed = ({ messages }: Plan) => messages.map(({ json }) => JSON.parse(json));

const vector = (name: string): string =>
  readFileSync(new URL(`../../../test/vectors/go-machinery-v1.4.5/message-${name}.json`, import.meta.url), "utf8").trim();

// Go's own messages, made again: byte for byte, but for the ids, which are given.

test("a task is written as Go writes it", (t) => {
  const message = planTask(add(1n, 1n).with({ uuid: JSON.parse(vector("add")).UUID }), encoder, NOW);
  t.is(message.json, vector("add"));
  t.is(message.queue, "vec");
  const empty = signature({ name: "none", uuid: JSON.parse(vector("no-args")).UUID });
  t.is(planTask(empty, encoder, NOW).json, vector("no-args"));
});

test("a task without options is written the same, with its own arguments and id each time", (t) => {
  const [one, two] = [planTask(resize(1n), encoder, NOW), planTask(resize(2n), encoder, NOW)];
  t.is(two.json, one.json.replace('"Value":1', '"Value":2').replace(one.uuid, two.uuid));
  t.is(one.json, planned(resize(1n).with({ uuid: one.uuid })).messages[0]!.json);
  t.not(one.uuid, two.uuid);
  t.like(one, { queue: "images", notBefore: undefined, priority: 0 });
});

test("a chain is written as Go writes it", (t) => {
  const first = JSON.parse(vector("chain"));
  const second = first.OnSuccess[0];
  const third = second.OnSuccess[0];
  const made = planned(
    chain(add(1n, 1n).with({ uuid: first.UUID }), add(5n, 5n).with({ uuid: second.UUID }), multiply(4n).with({ uuid: third.UUID })),
  );
  t.is(made.messages[0]?.json, vector("chain"));
  t.deepEqual(
    made.tasks.map(({ uuid }) => uuid),
    [first.UUID, second.UUID, third.UUID],
  );
  t.is((made.result as { uuid: string }).uuid, third.UUID);
  t.deepEqual(made.groups, []);
});

test("a chord is written as Go writes it", (t) => {
  const member = JSON.parse(vector("chord-member"));
  const record = JSON.parse(
    readFileSync(new URL("../../../test/vectors/go-machinery-v1.4.5/group-meta.json", import.meta.url), "utf8"),
  );
  const made = planned(
    chord(
      group(add(1n, 1n).with({ uuid: record.TaskUUIDs[0] }), add(5n, 5n).with({ uuid: member.UUID })),
      multiply().with({ uuid: member.ChordCallback.UUID }),
    ),
  );
  const [opened] = made.groups;
  t.regex(opened!.uuid, /^group_[0-9a-f-]{36}$/);
  t.deepEqual(opened!.members, record.TaskUUIDs);
  t.is(made.messages[1]?.json.replace(opened!.uuid, member.GroupUUID), vector("chord-member"));
});

test("retries, callbacks and headers are written as Go writes them", (t) => {
  const fail = (text: string) => signature({ name: "fail", args: [{ type: "string", value: text }] });
  const retried = fail("again").with({ uuid: JSON.parse(vector("retry")).UUID, retry: { count: 2, timeoutSeconds: 1 } });
  t.is(planTask(retried, encoder, NOW).json, vector("retry"));
  const failing = fail("boom").with({
    uuid: JSON.parse(vector("fail-with-callbacks")).UUID,
    onSuccess: signature({ name: "none", uuid: "task_onsuccess", immutable: true }),
    onError: fail("own").with({ uuid: "task_onerror" }),
  });
  t.is(planTask(failing, encoder, NOW).json, vector("fail-with-callbacks"));
  const headed = add(1n).with({
    uuid: JSON.parse(vector("headers")).UUID,
    headers: { b: true, f: 1.5, n: 5, trace: "abc" },
  });
  t.is(planTask(headed, encoder, NOW).json, vector("headers"));
});

test("ids are fixed when planned, and new each time", (t) => {
  const workflow = chord(group(add(1n), add(2n)), add());
  const [one, two] = [planned(workflow), planned(workflow)];
  t.regex(one.messages[0]!.uuid, /^task_[0-9a-f-]{36}$/);
  t.regex(one.tasks.at(-1)!.uuid, /^chord_[0-9a-f-]{36}$/);
  t.is(new Set([...one.tasks, ...two.tasks].map(({ uuid }) => uuid)).size, 6);
  t.deepEqual(
    parsed(one).map((message) => message.ChordCallback.UUID),
    Array(2).fill(one.tasks.at(-1)!.uuid),
  );
});

test("a group in a chain: members are the OnSuccess of the task before, the task behind is their callback", (t) => {
  const made = planned(chain(add(1n), group(add(2n), sub.partial(3n)), multiply(), add(9n)));
  t.is(made.messages.length, 1);
  const [first] = parsed(made);
  const [b, c] = first.OnSuccess;
  t.is(first.GroupUUID, "");
  t.deepEqual(made.groups, [{ uuid: b.GroupUUID, count: 2, members: [b.UUID, c.UUID], awaited: true } as never]);
  t.is(c.GroupUUID, b.GroupUUID);
  t.is(b.GroupTaskCount, 2);
  t.deepEqual(b.ChordCallback, c.ChordCallback);
  t.is(b.ChordCallback.Name, "multiply");
  t.is(b.ChordCallback.OnSuccess[0].Args[0].Value, 9);
  t.is(b.OnSuccess, null);
});

test("a chain in a group: its last task is the member", (t) => {
  const made = planned(chord(group(chain(add(1n), add(2n)), add(3n)), multiply()));
  const [chained, single] = parsed(made);
  const end = chained.OnSuccess[0];
  t.is(chained.GroupUUID, "");
  t.is(chained.ChordCallback, null);
  t.deepEqual(made.groups[0]?.members, [end.UUID, single.UUID]);
  t.is(end.GroupUUID, single.GroupUUID);
  t.is(end.GroupTaskCount, 2);
  t.deepEqual(end.ChordCallback, single.ChordCallback);
});

test("a chord in a chain, a chord in a group, a group in a group", (t) => {
  const inChain = planned(chain(add(1n), chord(group(add(2n), add(3n)), multiply()), add(4n)));
  const callback = parsed(inChain)[0].OnSuccess[1].ChordCallback;
  t.is(callback.Name, "multiply");
  t.is(callback.OnSuccess[0].Args[0].Value, 4);

  const inGroup = planned(chord(group(chord(group(add(1n), add(2n)), multiply()), add(3n)), add()));
  t.is(inGroup.groups.length, 2);
  const [inner, , outer] = parsed(inGroup);
  t.is(inner.ChordCallback.Name, "multiply");
  t.not(inner.GroupUUID, outer.GroupUUID);
  t.is(inner.ChordCallback.GroupUUID, outer.GroupUUID);
  t.deepEqual(inner.ChordCallback.ChordCallback, outer.ChordCallback);
  t.deepEqual(inGroup.groups.find(({ uuid }) => uuid === outer.GroupUUID)?.members, [inner.ChordCallback.UUID, outer.UUID]);

  const flat = planned(chord(group(group(add(1n), add(2n)), chain(add(3n), group(add(4n), add(5n))), add(6n)), multiply()));
  t.is(flat.groups.length, 1);
  t.is(flat.groups[0]?.members.length, 5);
  const [one, two, three, six] = parsed(flat);
  const [four, five] = three.OnSuccess;
  t.deepEqual(flat.groups[0]?.members, [one.UUID, two.UUID, four.UUID, five.UUID, six.UUID]);
  t.true([one, two, four, five, six].every((message) => message.GroupTaskCount === 5));
});

test("the result is the last task's, or a tree of the members'", (t) => {
  const made = planned(chain(add(1n), group(add(2n), group(add(3n), chain(add(4n), sub.partial(1n))))));
  const [two, [three, end]] = made.result as [any, [any, any]];
  t.deepEqual(
    [two, three, end].map(({ task }) => task.name),
    ["add", "add", "sub"],
  );
  t.deepEqual(made.groups[0]?.members, [two.uuid, three.uuid, end.uuid]);
});

test("where, when and how: the signature's options, the contract's policy, the server's defaults", (t) => {
  const some = new SignatureEncoder({ queue: "default", headers: { topic: "t" } });
  const [message] = plan(chain(resize(1n), add(2n).with({ delayMs: 1500 })), some, NOW).messages;
  const first = JSON.parse(message!.json);
  t.like(first, { RoutingKey: "images", RetryCount: 3, RetryTimeout: 2, ETA: null });
  t.deepEqual(first.Headers, { topic: "t", "x-machinery-contract": "hash-of-resize" });
  t.like(first.OnSuccess[0], { RoutingKey: "", ETA: "2026-01-01T00:00:01.500Z" });
  t.deepEqual(first.OnSuccess[0].Headers, { topic: "t", "x-machinery-delay-ms": "1500" });

  const other = resize(1n).with({
    queue: "fast",
    retry: { count: 0 },
    eta: new Date(NOW + 1),
    priority: 9,
    headers: { big: 2n ** 63n },
  });
  const own = planTask(other, some, NOW);
  t.like(own, { queue: "fast", notBefore: NOW + 1, priority: 9 });
  t.true(own.json.includes('"big":9223372036854775808}'));
  t.true(own.json.includes(',"Priority":9,"Immutable":false,"RetryCount":0,"RetryTimeout":0,'));
  t.like(planTask(add(1n).with({ delayMs: 20 }), some, NOW), { queue: "default", notBefore: NOW + 20 });
});

test("a callback that runs in spite of failures says so", (t) => {
  const made = planned(chord(group(add(1n), add(2n)), add(), { onFailure: "run" }));
  t.deepEqual(parsed(made)[0].ChordCallback.Headers, { "x-machinery-on-failure": "run" });
});

test("what cannot run is refused", (t) => {
  const refused = (item: unknown, code: ErrorCode, fragment: string): void => {
    const error = t.throws(() => planned(item as Item)) as MachineryError | undefined;
    t.is(error?.code, code, error?.message);
    t.true(error?.message.includes(fragment), error?.message);
  };
  refused(sub.partial(1n), "ERR_SIGNATURE_INCOMPLETE", '"sub" still lacks (int64)');
  refused(group(add(1n), report.partial()), "ERR_SIGNATURE_INCOMPLETE", '"report" still lacks (string)');
  refused(chain(sub.partial() as never, add() as never), "ERR_SIGNATURE_INCOMPLETE", '"sub" still lacks (int64, int64)');
  const loop = add(1n).with({ uuid: "task_loop" });
  refused(chain(loop, add(), loop), "ERR_WORKFLOW", 'two tasks of the workflow have the id "task_loop"');
  refused(loop.with({ onError: note.partial("x").with({ uuid: "task_loop" }) }), "ERR_WORKFLOW", "task_loop");
  const links = (length: number) => (chain as any)(...Array.from({ length }, () => add(1n)));
  const runnable = planned(links(257));
  t.notThrows(() => decodeMessage(Buffer.from(runnable.messages[0]!.json)));
  refused(links(258), "ERR_WORKFLOW", "more than 256 tasks follow one after another");
  const nested = (depth: number): any => (depth === 0 ? add(1n) : add(1n).with({ onSuccess: [nested(depth - 1), add()] }));
  t.notThrows(() => decodeMessage(Buffer.from(planned(nested(16)).messages[0]!.json)));
  refused(nested(17), "ERR_WORKFLOW", "more than 16 groups or branches follow one after another");
  const wide = (length: number) => chain(none(), group(...Array.from({ length }, () => none())));
  t.notThrows(() => planned(wide(100)));
  refused(wide(101), "ERR_WORKFLOW", "more than 100 tasks follow this one");
});
