import test from "ava";
import { first, program, second, third } from "./contracts.js";
import { type Arg, hashOf, int, message, skewStage } from "./stage.js";

const list = (...values: number[]): Arg => ({ Type: "[]int64", Value: values });
const object = (value: unknown): Arg => ({ Type: "string", Value: JSON.stringify(value) });

for (const run of ["inline", "thread"] as const) {
  test(`a worker migrates what older senders send, takes what fits, and puts the rest aside with the reason (${run})`, async (t) => {
    const { server, lines, work, end } = await skewStage(t, third(run), program);
    await work();
    const [one, two, now] = [hashOf(first), hashOf(second), hashOf(third(run))];
    const result = async (args: Arg[], hash?: string) => (await end(message(args, hash))).results?.[0]?.Value;

    t.is(await result([object({ terms: [1, 2], scale: 2 })], now), 6);
    // Some of each, so that a message is read by what is known of those before it.
    for (const n of [1, 2, 3]) {
      t.is(await result([int(n), int(10)], one), n + 10);
      t.is(await result([list(n, 20)], two), n + 20);
      t.is(await result([object({ terms: [n] })], now), n);
    }
    // What is tried again is still what was sent.
    t.is((await end(message([int(77), int(1)], one, { RetryCount: 1 }))).results?.[0]?.Value, 78);
    const unknown = "0123456789abcdef";
    t.is(await result([object({ terms: [4] })], unknown), 4);
    t.is(await result([object({ terms: [4] })], unknown), 4);
    t.is(await result([object({ terms: [5] })]), 5);

    const refusals: [args: Arg[], hash: string | undefined, reason: RegExp][] = [
      // A list is what version 2 sends, whatever another one may have sent.
      [
        [list(1)],
        unknown,
        /^\[ERR_CONTRACT_SKEW\] \/Args\/0\/Type: the sender has version "0123456789abcdef" of "add", this worker [0-9a-f]{16}, which does not take it: \[ERR_ARG_TYPE\]/,
      ],
      [[list(1)], one, /^\[ERR_CONTRACT_SKEW\] .*: the sender has version /],
      [[list(1)], "\u001b[2J", /^\[ERR_CONTRACT_SKEW\] .*: the sender has version "\\u001b\[2J" of "add"/],
      [[list(1)], undefined, /^\[ERR_ARG_TYPE\]/],
      [[list(1)], now, /^\[ERR_ARG_TYPE\]/],
      [[int(13), int(1)], one, /^\[ERR_MIGRATION\] add@1→2: the migration threw: thirteen/],
      [
        [list(1, 2, 3, 4)],
        two,
        /^\[ERR_MIGRATION\] add@2→3: the migration gave what the task does not take: \[ERR_ARG_VALUE\] request\/terms/,
      ],
    ];
    for (const [args, hash, reason] of refusals) {
      const state = await end(message(args, hash));
      t.true(state.isFailure());
      t.regex(state.error, reason);
    }
    const dead = await server.getBroker().list(undefined, "dead");
    t.is(dead.length, refusals.length);
    dead.forEach(({ dead: why }, i) => {
      t.regex(why!.reason, refusals[i]![2]);
    });
    const told = lines.filter(({ level, fields }) => level === "info" && "ours" in fields).map(({ fields }) => fields.sent);
    t.deepEqual(told.sort(), ["\u001b[2J", one, two, unknown].sort(), "each version is told of once");
  });
}
