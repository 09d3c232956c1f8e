import { readFileSync } from "node:fs";
import test from "ava";
import fc from "fast-check";
import { chain, chord, group, type Item, signature } from "machinery-ts";
import type { WireArg, WireSignature } from "../../src/wire/signature.js";
import { SignatureEncoder } from "../../src/workflow/encode.js";
import { followFailure, followGroup, followSuccess, isFollowed } from "../../src/workflow/follow-up.js";
import { plan } from "../../src/workflow/plan.js";
import { add, multiply, note, report, sub } from "./definitions.js";
import { type Outcome, options, run, wire } from "./run.js";

const vector = (name: string): WireSignature =>
  wire(readFileSync(new URL(`../../../test/vectors/go-machinery-v1.4.5/message-${name}.json`, import.meta.url), "utf8"));

const int64 = (...values: (number | bigint)[]): WireArg[] => values.map((Value) => ({ Type: "int64", Value }));
const encoder = new SignatureEncoder({ queue: "vec" });
const planned = (item: Item) => plan(item, encoder, options.now);

const failing = new Set(["boom"]);
/** The tasks of the tests: sums, products, differences; a string argument `boom` or a negative number fails. */
function handler({ Name, Args }: WireSignature): Outcome {
  const values = (Args ?? []).map(({ Value }) => Value);
  if (values.some((value) => failing.has(value as string) || (value as number) < 0)) return "boom";
  const numbers = values.filter((value) => typeof value === "number");
  if (Name === "add") return int64(numbers.reduce((a, b) => a + b, 0));
  if (Name === "multiply") return int64(numbers.reduce((a, b) => a * b, 1));
  if (Name === "sub") return int64(Math.abs(numbers[0]! - numbers[1]!));
  return [];
}

test("Go's chain goes on with the results behind its own arguments, and ends with 48", (t) => {
  const first = vector("chain");
  const { send, ended, members } = followSuccess(first, int64(2), options);
  t.deepEqual([ended, members], [[], []]);
  const [second] = send;
  t.like(second, { id: "task_1dc51845-2649-4f25-9a18-a50a29594fa2", queue: "vec", priority: 0, notBefore: undefined });
  // Byte for byte what Go would publish: the callback of the message, with its queue and the result.
  const raw = JSON.stringify({
    ...(first.OnSuccess![0] as object),
    RoutingKey: "vec",
    Args: [...first.OnSuccess![0]!.Args!, { Name: "", Type: "int64", Value: 2 }],
  });
  t.is(second?.json, raw);

  const [third] = followSuccess(wire(second!.json), handler(wire(second!.json)) as WireArg[], options).send;
  t.deepEqual(
    third?.signature.Args?.map(({ Value }) => Value),
    [4, 12],
  );
  t.deepEqual(handler(third!.signature), int64(48));
  t.false(isFollowed(third!.signature));
});

test("Go's chord: a member ends, and the callback gets all results in the group's order", (t) => {
  const member = vector("chord-member");
  const { send, ended, members } = followSuccess(member, int64(10), options);
  t.deepEqual([send, ended], [[], []]);
  t.like(members, [{ group: member.GroupUUID, member: member.UUID, count: 2 }]);
  const states = [2, 10].map((value, i) => ({ id: `task_${i}`, name: "add", results: int64(value), error: undefined }));
  const [callback] = followGroup(members[0]!, states, options).send;
  t.is(callback?.id, "chord_9746ccb3-3a17-4604-8ccd-763779d49cae");
  t.deepEqual(callback?.signature.Args, [
    { Name: "", Type: "int64", Value: 2 },
    { Name: "", Type: "int64", Value: 10 },
  ]);
  t.deepEqual(handler(callback!.signature), int64(20));
});

test("Go's failing task: the error's text goes before the handler's own arguments, and what was to follow ends", (t) => {
  const { send, ended } = followFailure(vector("fail-with-callbacks"), "boom", options);
  t.deepEqual(
    send.map(({ id, signature }) => [id, signature.Args]),
    [
      [
        "task_onerror",
        [
          { Name: "", Type: "string", Value: "boom" },
          { Name: "", Type: "string", Value: "own" },
        ],
      ],
    ],
  );
  t.deepEqual(ended, [
    {
      id: "task_onsuccess",
      name: "none",
      error: 'task "fail" (task_17f58052-4d8a-4bb1-bb91-01b561e283ce) failed: boom',
      headers: null,
    },
  ]);
});

test("an immutable task passes nothing on; an immutable callback of a chord takes nothing", (t) => {
  const made = planned(chain(add(1n).with({ immutable: true }), sub(9n, 4n)));
  const [next] = followSuccess(wire(made.messages[0]!.json), int64(1), options).send;
  t.is(next?.signature.Args?.length, 2);
  const { states, ran } = run(planned(chord(group(add(1n), add(2n)), sub(9n, 4n).with({ immutable: true }))), handler);
  t.deepEqual(states.get(ran.at(-1)!.UUID), int64(5));
  t.is(ran.at(-1)!.Args?.length, 2);
});

test("callbackArgs prepend puts the results first, as Machinery did before v1.0.5", (t) => {
  const [second] = followSuccess(vector("chain"), int64(2), { ...options, callbackArgs: "prepend" }).send;
  t.deepEqual(
    second?.signature.Args?.map(({ Value }) => Value),
    [2, 5, 5],
  );
});

test("a callback without an id gets the same one each time, and so do those after it", (t) => {
  const bare = { ...vector("fail-with-callbacks"), UUID: "task_parent" };
  const strip = (of: WireSignature): WireSignature => ({ ...of, UUID: "" });
  const onSuccess = { ...strip(bare.OnSuccess![0]!), OnSuccess: [strip(bare.OnSuccess![0]!)] };
  const message = { ...bare, OnSuccess: [onSuccess, onSuccess], OnError: [strip(bare.OnError![0]!)] };
  const sent = followSuccess(message, [], options).send.map(({ id }) => id);
  t.is(sent[0], "task_1ee09485-4401-5aea-bbd8-9a2dc916f0c9");
  t.is(new Set(sent).size, 2);
  t.deepEqual(
    followSuccess(message, [], options).send.map(({ id }) => id),
    sent,
  );
  const { ended, send } = followFailure(message, "boom", options);
  t.deepEqual([ended[0]!.id, ended[2]!.id], sent);
  t.is(ended[1]!.id, followSuccess(followSuccess(message, [], options).send[0]!.signature, [], options).send[0]!.id);
  t.false(sent.includes(send[0]!.id));
  const member = { ...vector("chord-member"), ChordCallback: strip(vector("chord-member").ChordCallback!) };
  const other = { ...member, UUID: "task_other" };
  t.is(followFailure(member, "x", options).ended[0]!.id, followFailure(other, "x", options).ended[0]!.id);
});

test("nothing is lost of what this library does not know, nor of a number", (t) => {
  const callback =
    '{"UUID":"task_b","Name":"b","Args":[{"Name":"n","Type":"float64","Value":1.0,"Extra":1e3}],"SQSReceiptHandle":"","Later":{"x":[9007199254740993]}}';
  const message = wire(`{"UUID":"task_a","Name":"a","OnSuccess":[${callback}]}`);
  const [sent] = followSuccess(message, int64(2n ** 63n - 1n), options).send;
  t.is(
    sent?.json,
    '{"UUID":"task_b","Name":"b","Args":[{"Name":"n","Type":"float64","Value":1.0,"Extra":1e3},{"Name":"","Type":"int64","Value":9223372036854775807}],"SQSReceiptHandle":"","Later":{"x":[9007199254740993]},"RoutingKey":"vec","ETA":null}',
  );
});

test("what is due later says when: a callback's delay counts from the end of the task before", (t) => {
  const made = planned(chain(add(1n), add().with({ delayMs: 1500, queue: "slow", priority: 7 })));
  const late = { ...options, now: options.now + 60_000 };
  const [next] = followSuccess(wire(made.messages[0]!.json), int64(1), late).send;
  t.like(next, { notBefore: late.now + 1500, queue: "slow", priority: 7 });
  t.is(next?.signature.ETA, "2026-01-01T00:01:01.500Z");
  const eta = planned(chain(add(1n), add().with({ eta: new Date(5) })));
  t.is(followSuccess(wire(eta.messages[0]!.json), int64(1), late).send[0]?.notBefore, 5);
});

test("a callback that has become too large ends, and says why", (t) => {
  const message = wire(planned(chain(add(1n), add(), add())).messages[0]!.json);
  const small = { ...options, limits: { ...options.limits, maxBytes: 600 } };
  const { send, ended } = followSuccess(message, int64(...Array(20).fill(1)), small);
  t.deepEqual(send, []);
  t.is(ended.length, 2);
  t.regex(ended[0]!.error, /^not sent: with what is passed to it, the message is larger than 600 bytes$/);
  t.regex(ended[1]!.error, /^task "add" \(task_.*\) failed: not sent: /);
  const few = { ...options, limits: { ...options.limits, maxValues: 50 } };
  t.regex(followSuccess(message, int64(...Array(20).fill(1)), few).ended[0]!.error, /more than 50 values/);
});

test("a task with nothing behind it costs nothing", (t) => {
  const alone = vector("add");
  t.false(isFollowed(alone));
  t.is(followSuccess(alone, int64(2), options), followFailure(alone, "x", options));
});

test("a group's member that fails ends the callback and all behind it, once", (t) => {
  const made = planned(chain(add(-1n), group(add(), add()), multiply(), add()));
  const { ended, members } = followFailure(wire(made.messages[0]!.json), "boom", options);
  t.deepEqual(
    ended.map(({ id }) => id).sort(),
    made.tasks
      .slice(1)
      .map(({ uuid }) => uuid)
      .sort(),
  );
  t.true(ended.every(({ error }) => error === `task "add" (${made.messages[0]!.uuid}) failed: boom`));
  t.deepEqual(members, []);
});

test("a chord that runs in spite of failures gets what there is", (t) => {
  const workflow = chord(group(add(1n), add(-1n), chain(add(-2n), add()), add(5n)), add(100n), { onFailure: "run" });
  const made = planned(workflow);
  const { states } = run(made, handler);
  t.deepEqual(states.get((made.result as { uuid: string }).uuid), int64(106));
});

test("a member whose result is gone ends the callback", (t) => {
  const [member] = followSuccess(vector("chord-member"), int64(10), options).members;
  const { ended, send } = followGroup(member!, [null, { id: "b", name: "add", results: int64(1), error: undefined }], options);
  t.deepEqual(send, []);
  t.regex(ended[0]!.error, /^the result of member 0 of group_.* is gone$/);
});

test("a group's failure keeps the name of the task that failed", (t) => {
  const [member] = followSuccess(vector("chord-member"), int64(10), options).members;
  const broken = (error: string) =>
    followGroup(member!, [{ id: "task_b", name: "add", results: [], error }], options).ended[0]!.error;
  t.is(broken("boom"), 'task "add" (task_b) failed: boom');
  t.is(broken('task "sub" (task_a) failed: boom'), 'task "sub" (task_a) failed: boom');
});

test("README: a chain gives 48, a chord 20; and what Machinery has no word for", (t) => {
  const value = (item: Item) => {
    const made = planned(item);
    const { states } = run(made, handler);
    return (states.get((made.result as { uuid: string }).uuid) as WireArg[])[0]?.Value;
  };
  t.is(value(chain(add(1n, 1n), add(5n, 5n), multiply(4n))), 48);
  t.is(value(chord(group(add(1n, 1n), add(5n, 5n)), multiply())), 20);
  t.is(value(chain(add(1n), group(add(2n), sub.partial(5n)), multiply())), 12);
  t.is(value(chord(group(chain(add(1n), add(2n)), chord(group(add(3n), add(4n)), multiply())), sub.partial())), 9);
  t.is(value(chain(add(1n), chord(group(add(2n), add(3n)), multiply()), add(10n))), 22);
  t.is(value(chain(add(1n), group(group(add(1n), add(2n)), chain(add(3n), group(add(4n), add(5n)))), add())), 22);
});

test("whatever a workflow looks like and whichever tasks fail: every task ends, and handlers of errors run", (t) => {
  const leaf = fc
    .integer({ min: -2, max: 9 })
    .map((n): Item => add(BigInt(n)).with({ onError: [report.partial(), note.partial("x")] }));
  const { item } = fc.letrec<{ item: Item; group: Item; step: Item }>((tie) => ({
    item: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      leaf,
      tie("group"),
      fc.tuple(tie("item"), leaf, tie("item")).map((items) => (chain as any)(...items) as Item),
    ),
    group: fc.array(tie("item"), { minLength: 1, maxLength: 3 }).map((members) => group(...members)),
    step: leaf,
  }));
  fc.assert(
    fc.property(item, fc.boolean(), (inner, anyway) => {
      const made = planned(chord(group(inner), add(0n), { onFailure: anyway ? "run" : "fail" }));
      const { states, ran } = run(made, handler);
      for (const { uuid } of made.tasks) if (!states.has(uuid)) return false;
      const failed = ran.filter(({ UUID, Name }) => Name === "add" && states.get(UUID) === "boom");
      const handled = ran.filter(({ Name }) => Name === "report" || Name === "note");
      const last = states.get((made.result as { uuid: string }).uuid);
      if (handled.length !== failed.filter(({ OnError }) => OnError).length * 2) return false;
      return failed.length === 0 || anyway || typeof last === "string";
    }),
  );
  t.pass();
});

test("signatures without a contract follow the same rules", (t) => {
  const { states, ran } = run(planned(chain(signature({ name: "add", args: [{ type: "int64", value: 1n }] }), add(1n))), handler);
  t.deepEqual(states.get(ran.at(-1)!.UUID), int64(2));
});
