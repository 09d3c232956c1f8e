import test from "ava";
import { parseSchedule } from "../../src/periodic/schedule.js";

const start = Date.UTC(2026, 0, 1);
const nexts = (spec: string, count: number, timeZone = "UTC", from = start) => {
  const schedule = parseSchedule(spec, timeZone, "test");
  const times: string[] = [];
  for (let time: number | undefined = from; times.length < count; ) {
    time = schedule.next(time);
    if (time === undefined) break;
    times.push(new Date(time).toISOString());
  }
  return times;
};

test("cron expressions, and the names for some", (t) => {
  t.deepEqual(nexts("30 4 * * 1-5", 3), ["2026-01-01T04:30:00.000Z", "2026-01-02T04:30:00.000Z", "2026-01-05T04:30:00.000Z"]);
  t.deepEqual(nexts("*/20 * * * * *", 2), ["2026-01-01T00:00:20.000Z", "2026-01-01T00:00:40.000Z"]);
  t.deepEqual(nexts("@daily", 2), ["2026-01-02T00:00:00.000Z", "2026-01-03T00:00:00.000Z"]);
  t.deepEqual(nexts("0 0 29 2 *", 1), ["2028-02-29T00:00:00.000Z"]);
  t.deepEqual(nexts("0 0 31 2 *", 1), []);
});

test("a time zone, and the hours that it skips and repeats", (t) => {
  t.deepEqual(nexts("0 9 * * *", 1, "Europe/Paris"), ["2026-01-01T08:00:00.000Z"]);
  t.deepEqual(nexts("0 9 * * *", 1, "Europe/Paris", Date.UTC(2026, 6, 1)), ["2026-07-01T07:00:00.000Z"]);
  const backwards = nexts("30 2 * * *", 2, "Europe/Paris", Date.UTC(2026, 9, 24, 12));
  t.is(new Set(backwards.map((time) => time.slice(0, 10))).size, 2, "a repeated hour counts once");
});

test("a period counts from the epoch, so that all processes agree", (t) => {
  t.deepEqual(nexts("@every 1h30m", 2), ["2026-01-01T01:30:00.000Z", "2026-01-01T03:00:00.000Z"]);
  t.deepEqual(nexts("@every 10s", 1, "UTC", start + 1), ["2026-01-01T00:00:10.000Z"]);
});

test("the time before, for what was due while nobody looked", (t) => {
  for (const spec of ["@every 1h", "0 * * * *"]) {
    const { previous } = parseSchedule(spec, "UTC", "test");
    t.is(previous(start + 1), start);
    t.is(previous(start + 3_600_000), start);
  }
});

test("what is no schedule is refused, with the place", (t) => {
  for (const spec of ["", "61 * * * *", "* * *", "@every", "@every 5", "@every 10ms", "@every -1h", "yesterday"]) {
    t.throws(() => parseSchedule(spec, "UTC", 'periodic task "x"'), { code: "ERR_CONFIG", message: /periodic task "x": / }, spec);
  }
  t.throws(() => parseSchedule("* * * * *", "Europe/Atlantis", "x"), { code: "ERR_CONFIG" });
});
