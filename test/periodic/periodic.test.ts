import test, { type ExecutionContext } from "ava";
import { chain, chord, events, group, ManualClock, type Server, signature } from "machinery-ts";
import { tasks } from "../../generated/index.js";
import type { Backend } from "../../src/backends/backend.js";
import { PeriodicJob } from "../../src/periodic/job.js";
import { parseSchedule } from "../../src/periodic/schedule.js";
import type { IdSource } from "../../src/util/ids.js";
import { overriding } from "../worker/faulty.js";
import { stage } from "../worker/stage.js";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const start = Date.UTC(2026, 0, 1);
const pending = async (server: Server) => (await server.getBroker().getPendingTasks()).map(({ UUID }) => UUID);

/** The reports of one job; other tests run beside this one. */
function missed(t: ExecutionContext, name: string): number[][] {
  const reports: number[][] = [];
  const listener = (message: unknown) => {
    const { name: of, dues } = message as { name: string; dues: number[] };
    if (of === name) reports.push(dues);
  };
  events.periodicMissed.subscribe(listener);
  t.teardown(() => events.periodicMissed.unsubscribe(listener));
  return reports;
}

test("a task is sent each time it is due, with ids that follow from name and time", async (t) => {
  const clock = new ManualClock(start);
  const { server } = await stage(t, { clock });
  const periodic = await server.registerPeriodicTask("0 * * * *", "sum", tasks.add(1n, 1n), { timeZone: "UTC" });
  t.deepEqual(periodic.next, new Date(start + hourMs));
  await clock.advance(hourMs - 1);
  t.deepEqual(await pending(server), []);
  await clock.advance(1);
  const [first] = await pending(server);
  await clock.advance(hourMs);
  const both = await pending(server);
  t.is(both.length, 2);
  t.is(both[0], first);
  t.not(both[1], first);
  const otherClock = new ManualClock(start + hourMs / 2);
  const { server: elsewhere } = await stage(t, { clock: otherClock });
  await elsewhere.registerPeriodicTask("0 * * * *", "sum", tasks.add(1n, 1n), { timeZone: "UTC" });
  await otherClock.advance(hourMs / 2);
  t.deepEqual(await pending(elsewhere), [first]);
  t.deepEqual(await server.removePeriodicTask("sum"), true);
});

test("groups, chords and chains run to their end", async (t) => {
  const clock = new ManualClock(start);
  const { server, work } = await stage(t, { clock });
  const zone = { timeZone: "UTC" };
  await server.registerPeriodicGroup("0 * * * *", "group", group(tasks.add(1n), tasks.add(2n)), zone);
  await server.registerPeriodicChord("0 * * * *", "chord", chord(group(tasks.add(1n), tasks.add(2n)), tasks.add()), zone);
  await server.registerPeriodicChain("0 * * * *", "chain", chain(tasks.add(1n), tasks.add(2n)), zone);
  const ended: string[] = [];
  const listener = (message: unknown) => {
    const { uuid, state } = message as { uuid: string; state: string };
    if (state === "SUCCESS") ended.push(uuid);
  };
  events.taskEnded.subscribe(listener);
  t.teardown(() => events.taskEnded.unsubscribe(listener));
  await clock.advance(hourMs);
  t.is((await pending(server)).length, 2 + 2 + 1);
  await work();
  while (ended.length < 7) await clock.advance(0);
  t.is(ended.length, 7);
});

test("however many schedulers run, each time one of them sends", async (t) => {
  const clock = new ManualClock(start);
  const sent: string[] = [];
  const { backend } = await stage(t, { clock });
  const jobs = ["a", "b", "c"].map((who) => jobOf(t, clock, backend, async (ids) => void sent.push(`${who} ${ids.task(0)}`)));
  for (const job of jobs) job.start();
  await clock.advance(5 * hourMs + minuteMs);
  t.is(sent.length, 5);
  t.is(new Set(sent.map((text) => text.split(" ")[1])).size, 5);
});

test("when a scheduler dies before it has sent, another sends", async (t) => {
  const clock = new ManualClock(start);
  const { backend } = await stage(t, { clock });
  const sent: string[] = [];
  const dying = jobOf(t, clock, backend, () => new Promise(() => {}));
  const other = jobOf(t, clock, backend, async (ids) => void sent.push(ids.task(0)));
  dying.start();
  await clock.advance(0);
  other.start();
  await clock.advance(hourMs);
  t.deepEqual(sent, []);
  await clock.advance(minuteMs);
  t.is(sent.length, 1);
});

test("what cannot be sent is tried again, with the same ids, and then reported", async (t) => {
  const clock = new ManualClock(start);
  const { backend } = await stage(t, { clock });
  const reports = missed(t, t.title);
  const ids = new Set<string>();
  let tries = 0;
  const job = jobOf(t, clock, backend, async (source) => {
    ids.add(source.task(0));
    if (++tries !== 3 && clock.now() < start + 1.5 * hourMs) throw new Error("broker down");
    if (clock.now() > start + 1.5 * hourMs) throw new Error("broker down for long");
  });
  job.start();
  await clock.advance(1.5 * hourMs);
  t.is(tries, 3);
  t.is(ids.size, 1);
  t.deepEqual(reports, []);
  await clock.advance(0.75 * hourMs);
  t.deepEqual(reports, [[start + 2 * hourMs]]);
});

test("a process that was asleep reports what it missed, and goes on", async (t) => {
  const clock = new ManualClock(start);
  const { backend } = await stage(t, { clock });
  const reports = missed(t, t.title);
  const sent: number[] = [];
  let asleepMs = 0;
  // The clock goes on while timers stand still.
  const sleepy = { now: () => clock.now() + asleepMs, after: (ms: number, fn: () => void) => clock.after(ms, fn) };
  const job = jobOf(t, sleepy, backend, async () => void sent.push(sleepy.now()));
  job.start();
  await clock.advance(minuteMs);
  asleepMs = 3.5 * hourMs;
  await clock.advance(minuteMs);
  t.deepEqual(reports, [[1, 2, 3].map((hour) => start + hour * hourMs)]);
  t.deepEqual(sent, []);
  await clock.advance(0.5 * hourMs);
  t.is(sent.length, 1);
});

test("what was due while no scheduler ran is reported, once, and not of a schedule that is new", async (t) => {
  const clock = new ManualClock(start);
  const { backend } = await stage(t, { clock });
  const reports = missed(t, t.title);
  const first = jobOf(t, clock, backend, async () => {});
  first.start();
  await clock.advance(hourMs + minuteMs);
  await first.stop();
  await clock.advance(2 * hourMs);
  for (let i = 0; i < 2; i++) jobOf(t, clock, backend, async () => {}).start();
  await clock.advance(1);
  t.deepEqual(reports, [[start + 3 * hourMs]]);
});

test("a scheduler that starts later reports nothing that was sent", async (t) => {
  const clock = new ManualClock(start);
  const { backend } = await stage(t, { clock });
  const reports = missed(t, t.title);
  jobOf(t, clock, backend, async () => {}).start();
  await clock.advance(hourMs + 30 * minuteMs);
  jobOf(t, clock, backend, async () => {}).start();
  await clock.advance(1);
  t.deepEqual(reports, []);
});

test("a removed task is sent no more, and its name is free", async (t) => {
  const clock = new ManualClock(start);
  const { server } = await stage(t, { clock });
  const periodic = await server.registerPeriodicTask("@every 1h", "sum", tasks.add(1n, 1n));
  await t.throwsAsync(server.registerPeriodicTask("@every 1h", "sum", tasks.add(1n, 1n)), { code: "ERR_CONFIG", message: /taken/ });
  await periodic.remove();
  await periodic.remove();
  t.is(periodic.next, undefined);
  t.false(await server.removePeriodicTask("sum"));
  await clock.advance(2 * hourMs);
  t.deepEqual(await pending(server), []);
  await server.registerPeriodicTask("@every 1h", "sum", tasks.add(1n, 1n));
  t.true(await server.removePeriodicTask("sum"));
});

test("what could never run is refused when it is registered", async (t) => {
  const { server } = await stage(t);
  await t.throwsAsync(server.registerPeriodicTask("61 * * * *", "x", tasks.add(1n)), { code: "ERR_CONFIG" });
  await t.throwsAsync(server.registerPeriodicTask("@hourly", "", tasks.add(1n)), { code: "ERR_CONFIG" });
  await t.throwsAsync(server.registerPeriodicTask("@hourly", "x", tasks.split.partial() as never), {
    code: "ERR_SIGNATURE_INCOMPLETE",
  });
  const own = signature({ name: "any", uuid: "task_own" });
  await t.throwsAsync(server.registerPeriodicTask("@hourly", "x", own as never), {
    code: "ERR_WORKFLOW",
    message: /id of its own/,
  });
  await server.close();
  await t.throwsAsync(server.registerPeriodicTask("@hourly", "x", tasks.add(1n)), { code: "ERR_CLOSED" });
});

test("a result backend that is away for a while is asked again", async (t) => {
  const clock = new ManualClock(start);
  const { backend } = await stage(t, { clock });
  let away = true;
  const faulty = overriding(backend, {
    lease: (key, owner, ttlMs) => (away ? Promise.reject(new Error("away")) : backend.lease(key, owner, ttlMs)),
  });
  let sent = 0;
  jobOf(t, clock, faulty, async () => void sent++).start();
  await clock.advance(hourMs);
  t.is(sent, 0);
  away = false;
  await clock.advance(minuteMs);
  t.is(sent, 1);
});

function jobOf(
  t: ExecutionContext,
  clock: Pick<ManualClock, "now" | "after">,
  backend: Backend,
  send: (ids: IdSource) => Promise<void>,
): PeriodicJob {
  const quiet = () => {};
  const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet, child: () => logger };
  const schedule = parseSchedule("0 * * * *", "UTC", "test");
  return new PeriodicJob({ backend, clock, logger, name: t.title, spec: "hourly", schedule, send });
}
