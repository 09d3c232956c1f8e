import test from "ava";
import type { Job } from "../../src/worker/job.js";
import { Suspects } from "../../src/worker/suspects.js";

const job = (crashes: number): Job => ({ delivery: { crashes } }) as Job;

test("a suspect is held with nothing else that has seen a death", (t) => {
  const suspects = new Suspects();
  const [suspect, other, shaken] = [job(2), job(4), job(1)];
  t.false(suspects.isOneTooMany(suspect));
  t.true(suspects.isOneTooMany(other));
  t.true(suspects.isOneTooMany(shaken));
  t.false(suspects.isOneTooMany(job(0)));
  suspects.left(suspect);
  t.false(suspects.isOneTooMany(shaken));
  t.false(suspects.isOneTooMany(job(1)));
  t.true(suspects.isOneTooMany(other), "nor comes one to what has seen a death");
});

test("a suspect is alone until it has left, or nobody is to wait any longer", (t) => {
  const suspects = new Suspects();
  const suspect = job(2);
  t.is(suspects.solitude, undefined);
  suspects.isOneTooMany(job(0));
  t.is(suspects.solitude, undefined);
  suspects.isOneTooMany(suspect);
  t.true(suspects.isSuspect(suspect));
  const first = suspects.solitude!;
  t.false(first.aborted);
  suspects.left(suspect);
  t.true(first.aborted);
  suspects.isOneTooMany(suspect);
  suspects.endSolitude();
  t.is(suspects.solitude, undefined);
});

test("one that has left is told", async (t) => {
  const suspects = new Suspects();
  const [suspect, other] = [job(2), job(3)];
  suspects.isOneTooMany(suspect);
  const gone = suspects.gone(other);
  suspects.left(other);
  await gone;
  suspects.left(suspect);
  t.false(suspects.isOneTooMany(other));
});
