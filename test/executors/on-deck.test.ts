import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { silentLogger } from "machinery-ts";
import type { ThreadTask } from "../../src/executors/errand.js";
import { ThreadPool } from "../../src/executors/pool.js";
import { type ThreadOptions, threadSettings } from "../../src/executors/threads.js";
import { type Clock, systemClock } from "../../src/util/clock.js";
import { defaultLimits } from "../../src/wire/limits.js";
import { temporaryFolder } from "../services/temporary-folder.js";
import { dispatch } from "./modules/dispatch.js";

/** A clock by which everything is quick, unless a test moves it; its timers are real. */
class StandingClock implements Clock {
  ms = 0;
  readonly after = systemClock.after;
  now(): number {
    return this.ms;
  }
}

interface Deck {
  readonly clock: StandingClock;
  readonly pool: ThreadPool;
  /** Runs `split(text)` on a thread. */
  run(text: string, timeoutMs?: number): Run;
  /** A file that is not there yet. */
  path(): string;
  /** Has each thread, of two at most, run a task: what comes next has room on its deck. */
  warm(): Promise<void>;
}

type Run = Promise<string[]> & Pick<ThreadTask, "abort">;

let uuids = 0;

async function deck(t: ExecutionContext, options: Partial<ThreadOptions> = {}): Promise<Deck> {
  const folder = await temporaryFolder(t);
  const clock = new StandingClock();
  const modules = new URL("./modules/dispatch.js", import.meta.url);
  const settings = threadSettings({ dispatch: modules, size: 1, killAfterMs: 50, ...options });
  const pool = await ThreadPool.start({ settings, dispatch, limits: defaultLimits, clock, logger: silentLogger });
  t.teardown(() => pool.close());
  let paths = 0;
  const on: Deck = {
    clock,
    pool,
    run(text, timeoutMs) {
      const task = taskOf(text);
      const results = pool.run(task, timeoutMs).then(({ json }) => JSON.parse(json)[0].Value as string[]);
      // A test may look at it later than it fails.
      results.catch(() => {});
      return Object.assign(results, { abort: task.abort });
    },
    path: () => join(folder, String(++paths)),
    async warm() {
      const path = on.path();
      // The one needs the other on another thread.
      if (settings.size === 2) await Promise.all([on.run(`block until ${path}`), on.run(`make ${path}`)]);
      else await on.run("ab");
    },
  };
  return on;
}

function taskOf(text: string): ThreadTask {
  const uuid = `task-${++uuids}`;
  const message = { UUID: uuid, Name: "split", RoutingKey: "vec", Headers: {}, Args: [{ Type: "string", Value: text }] };
  let abortReason: Error | undefined;
  let listener: (() => void) | undefined;
  return {
    uuid,
    name: "split",
    queue: "vec",
    attempt: 1,
    errors: [],
    headers: new Map(),
    signal: new AbortController().signal,
    logger: silentLogger,
    progress: () => {},
    body: Buffer.from(JSON.stringify(message)),
    get abortReason() {
      return abortReason;
    },
    onAbort(next) {
      listener = next;
    },
    abort(reason) {
      if (abortReason !== undefined) return;
      abortReason = reason;
      listener?.();
    },
  };
}

const pause = new Int32Array(new SharedArrayBuffer(4));

/** Stops the event loop of the pool for so long. */
function standStill(ms: number): void {
  Atomics.wait(pause, 0, 0, ms);
}

/** Stops it until the file is there. */
function standStillUntil(t: ExecutionContext, path: string): void {
  for (let waited = 0; !existsSync(path) && waited < 10_000; waited++) standStill(1);
  t.true(existsSync(path));
}

test("a thread begins with what is on deck without asking the loop", async (t) => {
  const { run, path, warm } = await deck(t);
  await warm();
  const [one, two] = [path(), path()];
  const runs = [run(`block until ${one}`), run(`make ${two}`)];
  writeFileSync(one, "");
  standStillUntil(t, two);
  await Promise.all(runs);
});

test("one task at a time, whether they wait for something or not", async (t) => {
  const { run, warm } = await deck(t);
  await warm();
  const runs = await Promise.all(Array.from({ length: 20 }, () => run("count those inside")));
  t.deepEqual(new Set(runs.flat()), new Set(["1"]));
});

test("a task is answered before one that never ends begins", async (t) => {
  const { run, warm } = await deck(t);
  await warm();
  for (const text of ["answer later", "ab"]) {
    const [answered, endless] = [run(text), run("for ever")];
    t.is((await answered).length, text === "ab" ? 2 : 1);
    endless.abort(new Error("enough"));
    await t.throwsAsync(endless, { message: "enough" });
    await warm();
  }
});

const faults: [way: string, error: RegExp, timeoutMs?: number][] = [
  ["throw an error", /boom/],
  ["throw null", /non-Error/],
  ["reject later", /rejected later/],
  ["throw in a timer", /thrown in a timer/],
  ["exit with 0", /process\.exit\(0\)/],
  ["exit with 3", /process\.exit\(3\)/],
  ["take all memory", /out of memory/],
  ["return what cannot be cloned", /ERR_RESULT/],
  ["for ever", /time-out/, 100],
  ["on, in spite of the signal", /time-out/, 100],
];

for (const [way, message, timeoutMs] of faults) {
  test(`what is on deck runs though the task before it may ${way}`, async (t) => {
    const { run, warm, path } = await deck(t, { maxHeapMb: 40 });
    for (let i = 0; i < 4; i++) {
      await warm();
      const [before, start] = [path(), path()];
      const runs = [run(`block until ${start}`), run(way, timeoutMs), run("ab"), run(`make ${before}`)];
      writeFileSync(start, "");
      await t.throwsAsync(runs[1]!, { message });
      t.deepEqual(await runs[2], ["a", "b"]);
      await runs[3];
      t.true(existsSync(before));
    }
  });
}

test("tasks among many that end their thread run, however many those are", async (t) => {
  const { run, warm } = await deck(t, { size: 2 });
  await warm();
  const runs = Array.from({ length: 12 }, () => [run("exit with 0"), run("ab"), run("exit with 3"), run("cd")]).flat();
  const ends = await Promise.allSettled(runs);
  t.deepEqual(
    ends.map(({ status }) => status),
    ends.map((_, i) => (i % 2 === 0 ? "rejected" : "fulfilled")),
  );
  for (const end of ends) if (end.status === "rejected") t.is(end.reason.code, "ERR_THREAD_DIED");
});

test("what a task has answered is heard, though the next one ends the thread before the loop looks", async (t) => {
  const { run, warm, path } = await deck(t);
  for (let i = 0; i < 20; i++) {
    await warm();
    const start = path();
    const [answered, ends] = [run(`block until ${start}`), run("exit with 0")];
    writeFileSync(start, "");
    standStill(i);
    await t.notThrowsAsync(answered);
    await t.throwsAsync(ends, { code: "ERR_THREAD_DIED" });
  }
});

test("what is on deck ends at once when it is told to stop, and never begins; the thread stays", async (t) => {
  const { run, warm, path } = await deck(t);
  await warm();
  t.deepEqual(await run("count on this thread"), ["1"]);
  const [start, made] = [path(), path()];
  const [first, second, third] = [run(`block until ${start}`), run(`make ${made}`), run("count on this thread")];
  second.abort(new Error("no more"));
  await t.throwsAsync(second, { message: "no more" });
  writeFileSync(start, "");
  await first;
  t.deepEqual(await third, ["2"]);
  t.false(existsSync(made));
});

test("a thread that is to be ended for one task, and is on to the next when it comes to that, is not", async (t) => {
  const { run, warm, path } = await deck(t);
  await warm();
  const [start, begun, end] = [path(), path(), path()];
  const [first, second] = [run(`block until ${start}`), run(`make ${begun} and block until ${end}`)];
  first.abort(new Error("enough"));
  writeFileSync(start, "");
  standStillUntil(t, begun);
  // So long that the loop comes to the first one's end before it hears of it.
  standStill(100);
  await t.throwsAsync(first, { message: "enough" });
  await new Promise((resolve) => setImmediate(resolve));
  writeFileSync(end, "");
  t.deepEqual(await second, []);
  t.deepEqual(await run("count on this thread"), ["1"]);
});

test("a task's time does not run while it is on deck", async (t) => {
  const { run, warm, path } = await deck(t);
  await warm();
  const start = path();
  const [first, second] = [run(`block until ${start}`), run("ab", 1000)];
  await new Promise((resolve) => systemClock.after(1500, () => resolve(undefined), true));
  writeFileSync(start, "");
  await first;
  t.deepEqual(await second, ["a", "b"]);
});

test("a task that was on deck has its own time-out", async (t) => {
  const { run, warm, path } = await deck(t);
  await warm();
  const start = path();
  const [first, second] = [run(`block until ${start}`), run("for ever", 100)];
  writeFileSync(start, "");
  await first;
  await t.throwsAsync(second, { code: "ERR_TASK_TIMEOUT" });
  await warm();
});

for (const patience of ["while nobody else waits", "for long, before those that wait"]) {
  test(`what is on deck behind a long task ${patience} goes to a thread that is free`, async (t) => {
    const { run, warm, path, clock } = await deck(t, { size: 2 });
    await warm();
    const [long, short] = [path(), path()];
    const threads = [run(`block until ${long}`), run(`block until ${short}`)];
    const ended: number[] = [];
    const count = patience === "while nobody else waits" ? 2 : 6;
    const others = Array.from({ length: count }, (_, i) => run("ab").then(() => ended.push(i)));
    if (count > 2) clock.ms += 10;
    writeFileSync(short, "");
    await Promise.all(others);
    t.deepEqual(
      ended.filter((i) => i > 1),
      Array.from({ length: count - 2 }, (_, i) => i + 2),
    );
    t.deepEqual(ended.slice(0, 2).sort(), [0, 1]);
    writeFileSync(long, "");
    await Promise.all(threads);
  });
}

test("nothing is put on deck behind a task that runs for long, nor after one that did", async (t) => {
  const { run, warm, path, clock } = await deck(t);
  await warm();
  const [one, two, made] = [path(), path(), path()];
  const first = run(`block until ${one}`);
  clock.ms += 10;
  const second = run(`block until ${two}`);
  const third = run(`make ${made}`);
  writeFileSync(one, "");
  await first;
  writeFileSync(two, "");
  standStill(100);
  t.false(existsSync(made));
  await Promise.all([second, third]);
});

test("a thread that is to be replaced begins with nothing more", async (t) => {
  const { run } = await deck(t, { maxTasks: 3 });
  const counts = await Promise.all(Array.from({ length: 10 }, () => run("count on this thread")));
  t.deepEqual(counts.flat(), ["1", "2", "3", "1", "2", "3", "1", "2", "3", "1"]);
});
