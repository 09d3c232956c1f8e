import test, { type ExecutionContext } from "ava";
import { chain, chord, type ErrorCode, group, type MachineryError, type SignatureOptions, signature } from "machinery-ts";
import { add, none, note, report, resize, split, sub } from "./definitions.js";

const fails = (t: ExecutionContext, code: ErrorCode, fragment: string, make: () => unknown) => {
  const error = t.throws(make) as MachineryError | undefined;
  t.is(error?.code, code, error?.message);
  t.true(error?.message.includes(fragment), error?.message);
};

test("a builder counts arguments", (t) => {
  fails(t, "ERR_ARG_COUNT", '"sub" takes 2 arguments, got 1.', () => sub(1n));
  fails(t, "ERR_ARG_COUNT", '"sub" takes 2 arguments, got 3.', () => sub(1n, 2n, 3n));
  fails(t, "ERR_ARG_COUNT", '"sub" takes 2 arguments, got 3.', () => sub.partial(1n, 2n, 3n));
  fails(t, "ERR_ARG_COUNT", '"report" takes at least 1 argument, got 0.', () => report());
  fails(t, "ERR_ARG_COUNT", '"none" takes 0 arguments, got 1.', () => none(1n));
  fails(t, "ERR_ARG_VALUE", "args[1]", () => sub(1n, 2));
  t.is(add().given, 0);
  t.is(add(1n, 2n, 3n).given, 3);
  t.is(report("x", 1n, 2n).given, 3);
  t.is(sub.partial().args, "");
});

test("with makes another signature, and keeps what is not named", (t) => {
  const before = resize(1n);
  const once = before.with({ queue: "a", priority: 3 });
  const twice = once.with({ queue: "b", delayMs: 5 });
  t.deepEqual(before.options, {});
  t.deepEqual(once.options, { queue: "a", priority: 3 });
  t.deepEqual(twice.options, { queue: "b", priority: 3, delayMs: 5 });
  t.deepEqual(twice.with({ eta: new Date(0) }).options, { queue: "b", priority: 3, eta: new Date(0) });
});

const badOptions: [SignatureOptions | Record<string, unknown>, ErrorCode, string][] = [
  [{ queu: "x" }, "ERR_SIG_TYPE", 'no option "queu"'],
  [{ eta: new Date(Number.NaN) }, "ERR_SIG_TYPE", "eta: "],
  [{ eta: new Date(8.64e15) }, "ERR_SIG_TYPE", "1970 to 9999"],
  [{ eta: new Date(0), delayMs: 1 }, "ERR_SIG_TYPE", "exclude each other"],
  [{ delayMs: -1 }, "ERR_SIG_RANGE", "delayMs: "],
  [{ delayMs: 1.5 }, "ERR_SIG_RANGE", "delayMs: "],
  [{ queue: "" }, "ERR_SIG_CHARS", "queue: "],
  [{ queue: 7 }, "ERR_SIG_RANGE", "queue: "],
  [{ retry: { count: -1 } }, "ERR_SIG_TYPE", "retry: "],
  [{ retry: { count: 1, timeoutSeconds: 2 ** 31 } }, "ERR_SIG_TYPE", "retry: "],
  [{ headers: [] }, "ERR_SIG_TYPE", "headers: "],
  [{ uuid: "a b" }, "ERR_SIG_CHARS", "uuid: "],
  [{ uuid: "x".repeat(201) }, "ERR_SIG_CHARS", "uuid: "],
  [{ uuid: "delayed_tasks" }, "ERR_SIG_RESERVED", "uuid: "],
  [{ uuid: "a:p:b" }, "ERR_SIG_RESERVED", "uuid: "],
  [{ queue: "delay.1.x" }, "ERR_SIG_RESERVED", "queue: "],
  [{ immutable: "yes" }, "ERR_SIG_CHARS", "immutable: "],
  [{ priority: 256 }, "ERR_SIG_RANGE", "priority: "],
  [{ onError: "report" }, "ERR_WORKFLOW", "onError: "],
];
for (const [options, code, fragment] of badOptions) {
  test(`with refuses ${JSON.stringify(options).slice(0, 60)}`, (t) => {
    fails(t, code, fragment, () => add(1n).with(options as never));
  });
}

test("callbacks must take what they will get", (t) => {
  fails(t, "ERR_WORKFLOW", '"split" still lacks (string), "add" gives (int64)', () => add(1n).with({ onSuccess: split.partial() }));
  fails(t, "ERR_WORKFLOW", '"sub" still lacks (int64), "add" gives (nothing)', () =>
    add(1n)
      .with({ onSuccess: sub.partial(1n) })
      .with({ immutable: true }),
  );
  fails(t, "ERR_WORKFLOW", '"add" must take a string first', () => add(1n).with({ onError: add() }));
  fails(t, "ERR_WORKFLOW", '"note" still lacks (string, string), it gets the error', () =>
    add(1n).with({ onError: note.partial() }),
  );
  // The error's text comes first, and what stands there already moves on.
  fails(t, "ERR_WORKFLOW", "do not fit their new places", () => add(1n).with({ onError: report("a", 1n) }));
  fails(t, "ERR_WORKFLOW", "do not fit their new places", () => add(1n).with({ onError: report("a") }));
  t.notThrows(() => add(1n).with({ onError: [report.partial(), note.partial("order 7"), signature({ name: "any" })] }));
});

test("groups, chains and chords follow the same rules without the compiler", (t) => {
  const loose = { chain, chord, group } as unknown as Record<"chain" | "chord" | "group", (...items: unknown[]) => any>;
  const pair = loose.group(add(1n), add(2n));
  const wrong: [string, () => unknown][] = [
    ["group: it has no tasks", () => loose.group()],
    ["chain: it has no tasks", () => loose.chain()],
    ["chain[1]: neither a signature nor", () => loose.chain(add(1n), { name: "add" })],
    ['chain[1]: "split" still lacks (string), "add" gives (int64)', () => loose.chain(add(1n), split.partial())],
    ['chain[1]: "split" still lacks (nothing), "add" gives (int64)', () => loose.chain(add(1n), split("a"))],
    ['"sub" still lacks (int64), "add" gives (nothing)', () => loose.chain(add(1n).with({ immutable: true }), sub.partial(1n))],
    ['"split" still lacks (string), "add" gives (int64)', () => loose.chain(add(1n), loose.group(add(), split.partial()))],
    ["a group cannot follow a group", () => loose.chain(pair, pair)],
    [
      "chain[1]: a group cannot follow a group",
      () => loose.chain(loose.chain(add(1n), loose.group(add())), loose.chord(pair, add())),
    ],
    ["chord's group: not a group", () => loose.chord(add(1n), add())],
    ["one task, or a chain that starts with one", () => loose.chord(pair, pair)],
    ['"sub" still lacks (int64), the members give (int64, int64)', () => loose.chord(pair, sub.partial(1n))],
    ["it must be variadic", () => loose.chord(pair, sub.partial(), { onFailure: "run" })],
    [
      '"add" still lacks (...int64), the members give (int64, []string)',
      () => loose.chord(loose.group(add(1n), split("a")), add()),
    ],
  ];
  for (const [fragment, make] of wrong) fails(t, "ERR_WORKFLOW", fragment, make);
  t.notThrows(() => loose.chord(pair, sub(2n, 1n).with({ immutable: true })));
  t.notThrows(() => loose.chord(pair, add(), { onFailure: "run" }));
  t.notThrows(() => loose.chain(signature({ name: "any" }), sub.partial(), signature({ name: "any" }), split("a")));
});

test("a signature without a contract", (t) => {
  const made = signature({
    name: "mix",
    args: [
      { type: "int64", value: 9007199254740993n },
      { type: "[]byte", value: new Uint8Array([1, 2]) },
      { type: "[]string", value: ["a", "<b>"] },
    ],
    queue: "q",
  });
  t.deepEqual(JSON.parse(`[${made.args.replace("9007199254740993", '"9007199254740993"')}]`), [
    { Name: "", Type: "int64", Value: "9007199254740993" },
    { Name: "", Type: "[]uint8", Value: "AQI=" },
    { Name: "", Type: "[]string", Value: ["a", "<b>"] },
  ]);
  t.deepEqual(made.options, { queue: "q" });
  t.is(made.task.decodeResults([]), undefined);
  t.is(made.task.decodeResults([{ Type: "int64", Value: 5 }]), 5n);
  t.deepEqual(
    made.task.decodeResults([
      { Type: "uint8", Value: 5 },
      { Type: "[]byte", Value: "AQI=" },
    ]),
    [5, new Uint8Array([1, 2])],
  );
  fails(t, "ERR_ARG_TYPE", 'Did you mean "int64"?', () =>
    signature({ name: "x", args: [{ type: "Int64" as "int64", value: 1n }] }),
  );
  fails(t, "ERR_ARG_VALUE", "args[0]", () => signature({ name: "x", args: [{ type: "int64", value: "1" }] }));
  fails(t, "ERR_SIG_FIELD", "name", () => signature({ name: "" }));
  fails(t, "ERR_SIG_TYPE", "no option", () => signature({ name: "x", argz: [] } as never));
  fails(t, "ERR_RESULT_TYPE", "results[0]", () => made.task.decodeResults([{ Type: "constructor", Value: 1 }]));
});
