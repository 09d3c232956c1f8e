/** The tasks that the tests of threads run: those of the repository's contract, some of them told to run on a thread. */
import { existsSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { threadId } from "node:worker_threads";
import { Fatal, RetryLater, taskContext } from "machinery-ts";
import { type Dispatch, dispatcher, type Handler, type TaskDefinition, type TaskPolicy } from "machinery-ts/gen/v1";
import { definitions } from "../../../generated/definitions.js";

const onThread = <D extends TaskDefinition>(definition: D, policy: TaskPolicy = {}): D => ({
  ...definition,
  policy: { run: "thread", ...policy },
});

class Odd extends Error {
  override readonly name = "Odd";
  readonly code = "ERR_ODD";
  readonly detail = () => {};
}

let shared = 0;
let inside = 0;
const pause = new Int32Array(new SharedArrayBuffer(4));

/** What `split(text)` does, by its text. What it returns otherwise is for each test to say. */
const ways: Readonly<Record<string, () => unknown>> = {
  "throw an error": () => {
    throw new Error("boom");
  },
  "throw an error of its own class": () => {
    throw new Odd("odd");
  },
  "throw null": () => {
    throw null;
  },
  "throw undefined": () => {
    throw undefined;
  },
  "throw a function": () => {
    throw () => {};
  },
  "reject later": async () => {
    setTimeout(() => void Promise.reject(new Error("rejected later")), 1);
    await new Promise(() => {});
  },
  "throw in a timer": async () => {
    setTimeout(() => {
      throw new Error("thrown in a timer");
    }, 1);
    await new Promise(() => {});
  },
  "exit with 0": () => process.exit(0),
  "exit with 3": async () => {
    await sleep(1);
    process.exit(3);
  },
  "take all memory": () => {
    // Object by object: an array that grows is copied to a larger one, and may so end the whole process.
    let last: object | undefined;
    for (;;) last = { last };
  },
  "return a function": () => () => {},
  "return what cannot be cloned": () => ["a", Symbol("b")],
  "return nothing": () => undefined,
  "retry later": () => {
    if (taskContext().attempt > 1) return taskContext().errors;
    throw new RetryLater(0, "not now");
  },
  "fail for good": () => {
    throw new Fatal("for good");
  },
  "leave an error behind": () => {
    setImmediate(() => {
      throw new Error("left behind");
    });
    return [];
  },
  "speak in a loop": () => {
    const { progress } = taskContext();
    let said = 0;
    for (const end = Date.now() + 400; Date.now() < end; ) progress(++said, 1e9);
    return [String(said)];
  },
  "answer later": () => sleep(1, ["later"]),
  "count those inside": async () => {
    const count = ++inside;
    await sleep(1);
    inside--;
    return [String(count)];
  },
  "name the thread": () => [String(threadId)],
  "count on this thread": () => [String(++shared)],
  "know itself": async () => {
    await sleep(1);
    const { uuid, name, queue, attempt, headers, logger, signal } = taskContext();
    logger.info({ answer: 42, fn: () => {} }, "hello from a thread");
    return [uuid, name, queue, String(attempt), String(headers.get("trace")), String(signal.aborted)];
  },
};

const split: Handler = (text: string) => {
  if (Object.hasOwn(ways, text)) return ways[text]!();
  if (text.startsWith("length of ")) return [String(text.length)];
  if (text.startsWith("length at last of ")) {
    if (taskContext().attempt === 1) throw new RetryLater(0);
    return [String(text.length)];
  }
  const [, made, awaited] = /^(?:make (\S+))?(?: and )?(?:block until (\S+))?$/.exec(text) ?? [];
  if (made !== undefined) writeFileSync(made, "");
  while (awaited !== undefined && !existsSync(awaited)) Atomics.wait(pause, 0, 0, 1);
  if (made !== undefined || awaited !== undefined) return [];
  return endings.includes(text) ? endless(text) : [...text];
};

/** `fail(message)` has a time-out, and runs longer than that. */
const fail: Handler = (message: string) => {
  if (message === "for ever, at first") return taskContext().attempt === 1 ? endless("for ever") : "at last";
  return endless(message);
};

/** Ways to run on and on. */
const endings = ["for ever", "on, in spite of the signal", "until the signal", "until the signal, in a loop"];

function endless(message: string): unknown {
  switch (message) {
    case "for ever":
      for (;;);
    case "until the signal, in a loop":
      for (;;) taskContext().signal.throwIfAborted();
    case "until the signal":
      return sleep(3_600_000, "never", { signal: taskContext().signal });
    case "on, in spite of the signal":
      return sleep(3_600_000);
    default:
      return message;
  }
}

let deep: unknown = {};
for (let i = 0; i < 20_000; i++) deep = { deep };

/** Ends when as many threads as `strs[0]` says have come to the meeting of that name; returns what thread it was on. */
async function meet([count, name]: string[]): Promise<string> {
  const mine = new BroadcastChannel(name!);
  const come = new Set([threadId]);
  const all = new Promise<void>((resolve) => {
    mine.onmessage = ({ data }: { data: number }) => {
      if (!come.has(data)) mine.postMessage(threadId);
      come.add(data);
      if (come.size === Number(count)) resolve();
    };
  });
  mine.postMessage(threadId);
  await all;
  setTimeout(() => mine.close(), 100).unref();
  return String(threadId);
}

export const dispatch: Dispatch = dispatcher([
  [definitions.add, (...terms: bigint[]) => terms.reduce((sum, term) => sum + term, 0n)],
  [onThread(definitions.split), split],
  [onThread(definitions.fail, { timeoutMs: 150 }), fail],
  [onThread(definitions.resize), () => deep],
  [onThread(definitions.concat), meet],
]);
