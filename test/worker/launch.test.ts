import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import test, { type ExecutionContext } from "ava";

/** Starts `launched.ts` with these arguments; resolves when its task runs. */
async function launched(t: ExecutionContext, ...args: string[]): Promise<ChildProcess> {
  const child = fork(new URL("./launched.js", import.meta.url), args);
  t.teardown(() => child.kill("SIGKILL"));
  t.deepEqual(await once(child, "message"), ["started", undefined]);
  return child;
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  test(`after ${signal} what runs is finished, and the process ends with 0`, async (t) => {
    const child = await launched(t, "stubborn");
    const ended = once(child, "message");
    const exit = once(child, "exit");
    child.kill(signal);
    child.send("go on");
    t.is((await ended)[0], "launch ended, the task is SUCCESS");
    t.deepEqual(await exit, [0, null]);
  });

  test(`after ${signal} what does not end in time is given back, and the process ends with 0`, async (t) => {
    const child = await launched(t, "obedient");
    const ended = once(child, "message");
    const exit = once(child, "exit");
    child.kill(signal);
    t.is((await ended)[0], "launch ended, the task is STARTED");
    t.deepEqual(await exit, [0, null]);
  });

  test(`a second ${signal} ends the process at once`, async (t) => {
    const child = await launched(t, "stubborn");
    const exit = once(child, "exit");
    child.kill(signal);
    // Two signals of one kind that come together are one to the system: the first must have been heard.
    let again: NodeJS.Timeout | undefined;
    const repeat = (): void => {
      child.kill(signal);
      again = setImmediate(repeat) as never;
    };
    repeat();
    t.deepEqual(await exit, [signal === "SIGINT" ? 130 : 143, null]);
    clearImmediate(again as never);
  });
}

test("with no_unix_signals they are the program's own", async (t) => {
  const child = await launched(t, "stubborn", "no-signals");
  const heard = once(child, "message");
  child.kill("SIGTERM");
  t.is((await heard)[0], "the program's own listener");
  const ended = once(child, "exit");
  child.kill("SIGINT");
  t.deepEqual(await ended, [null, "SIGINT"]);
});
