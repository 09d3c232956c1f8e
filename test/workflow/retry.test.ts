import { readFileSync } from "node:fs";
import test from "ava";
import { Fatal, RetryLater } from "machinery-ts";
import { readAttempt, readErrors } from "../../src/wire/headers.js";
import type { WireSignature } from "../../src/wire/signature.js";
import { fibonacciAbove, nextAttempt, wishOf } from "../../src/workflow/retry.js";
import { wire } from "./run.js";

const text = readFileSync(new URL("../../../test/vectors/go-machinery-v1.4.5/message-retry.json", import.meta.url), "utf8");
const NOW = Date.UTC(2026, 0, 1);
const at = (now: number) => ({ now, queue: "default" });

test("Go's retrying task: twice more, after 2 and 3 seconds, then no more", (t) => {
  const first = wire(text);
  t.is(readAttempt(first.Headers), 1);
  const second = nextAttempt(first, "again", undefined, at(NOW))!;
  t.like(second, { id: first.UUID, queue: "vec", notBefore: NOW + 2000, priority: 0 });
  t.like(second.signature, { RetryCount: 1, RetryTimeout: 2, ETA: "2026-01-01T00:00:02.000Z" });
  const third = nextAttempt(wire(second.json), "and again", undefined, at(NOW + 2000))!;
  t.like(third.signature, { RetryCount: 0, RetryTimeout: 3, ETA: "2026-01-01T00:00:05.000Z" });
  t.is(readAttempt(third.signature.Headers), 3);
  t.deepEqual(readErrors(third.signature.Headers), ["again", "and again"]);
  t.is(nextAttempt(wire(third.json), "and again", undefined, at(NOW)), undefined);
  // Nothing but what a retry changes
  const back: WireSignature = { ...third.signature, RetryCount: 2, RetryTimeout: 1, ETA: null, Headers: null };
  t.deepEqual(back, first);
});

test("Fibonacci as Machinery counts", (t) => {
  t.deepEqual([0, 1, 3, 4, 5, 8].map(fibonacciAbove), [1, 2, 5, 5, 8, 13]);
  const last = { ...wire(text), RetryTimeout: 2 ** 31 - 1 };
  t.is(nextAttempt(last, "x", undefined, at(NOW))?.signature.RetryTimeout, 2 ** 31 - 1);
});

test("RetryLater waits as long as it says, and leaves the retries as they are", (t) => {
  const wish = wishOf(new RetryLater(1500));
  t.deepEqual(wish, { kind: "later", delayMs: 1500 });
  const none = { ...wire(text), RetryCount: 0, RoutingKey: "" };
  const next = nextAttempt(none, "busy", wish, at(NOW))!;
  t.like(next, { queue: "default", notBefore: NOW + 1500 });
  t.like(next.signature, { RetryCount: 0, RetryTimeout: 1, RoutingKey: "default" });
  t.is(readAttempt(next.signature.Headers), 2);
  t.throws(() => new RetryLater(-1), { instanceOf: RangeError });
  t.throws(() => new RetryLater(Number.NaN), { instanceOf: RangeError });
  t.is(
    nextAttempt(none, "busy", { kind: "later", delayMs: Number.MAX_SAFE_INTEGER }, at(NOW))?.signature.ETA,
    "9999-12-31T23:59:59.999Z",
  );
});

test("Fatal ends a task that has retries left", (t) => {
  t.is(nextAttempt(wire(text), "x", wishOf(new Fatal("no such user")), at(NOW)), undefined);
});

test("what was thrown is read by name, and anything may be thrown", (t) => {
  t.deepEqual(wishOf(Object.assign(new Error("x"), { name: "RetryLater", delayMs: 5 })), { kind: "later", delayMs: 5 });
  t.deepEqual(wishOf(Object.assign(new Error("x"), { name: "Fatal" })), { kind: "never" });
  for (const thrown of [
    new Error("x"),
    Object.assign(new Error("x"), { name: "RetryLater", delayMs: "soon" }),
    null,
    undefined,
    "Fatal",
    {},
  ]) {
    t.is(wishOf(thrown), undefined);
  }
});

test("headers that are none of ours to trust", (t) => {
  const odd = (headers: object) => ({ ...wire(text), Headers: headers as WireSignature["Headers"] });
  for (const attempt of ["0", "-1", "1.5", 2, null, `${2n ** 64n}`])
    t.is(readAttempt(odd({ "x-machinery-attempt": attempt }).Headers), 1);
  t.deepEqual(readErrors(odd({ "x-machinery-errors": "x" }).Headers), []);
  t.deepEqual(readErrors(odd({ "x-machinery-errors": ["a", 1, null, "b"] }).Headers), ["a", "b"]);
});

test("a message carries the last errors only, and the beginning of each", (t) => {
  let message = { ...wire(text), RetryCount: 20 };
  for (let i = 0; i < 15; i++) message = nextAttempt(message, `${i} ${"x".repeat(1000)}`, undefined, at(NOW))!.signature;
  const errors = readErrors(message.Headers);
  t.is(errors.length, 10);
  t.true(errors[0]!.startsWith("5 x") && errors[9]!.startsWith("14 x"));
  t.true(errors.every((error) => error.length <= 200));
  t.is(readAttempt(message.Headers), 16);
});
