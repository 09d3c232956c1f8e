import test from "ava";
import { closest, didYouMean } from "../../src/util/suggest.js";

const known = ["results_expire_in", "result_backend", "redis", "lock"];

test("a slip of the finger finds its word", (t) => {
  t.is(closest("result_expires_in", known), "results_expire_in");
  t.is(closest("resultBackend", known), "result_backend");
  t.is(closest("REDIS", known), "redis");
  t.is(closest("lok", known), "lock");
});

test("what is not close is not suggested", (t) => {
  t.is(closest("concurrency", known), undefined);
  t.is(closest("x".repeat(10_000), known), undefined);
  t.is(didYouMean("colour", known), `Known: ${known.join(", ")}.`);
});
