import test from "ava";
import { chain, chord, group, RetryLater, taskContext } from "machinery-ts";
import { TestApp } from "machinery-ts/testing";
import { dispatch, type Handlers, senders, tasks } from "../../generated/index.js";
import * as tutorial from "../../tasks/index.js";

const handlers: Handlers = tutorial;

async function app(t: { teardown(fn: () => unknown): void }, own: Partial<Handlers> = {}): Promise<TestApp> {
  const made = await TestApp.start({ handlers: dispatch({ ...handlers, ...own }) });
  t.teardown(() => made.close());
  return made;
}

test("what is sent waits, and can be looked at, with its types", async (t) => {
  const kit = await app(t);
  await senders(kit.server).add(9007199254740993n, 1n);
  await kit.server.sendTask(
    tasks.resize({ image: { id: 1n, size: { width: 4, height: 2 } }, box: { width: 2, height: 2 }, fit: "fill" }),
  );
  const [call, ...others] = kit.sent(tasks.add);
  t.deepEqual(others, []);
  const [first, second]: bigint[] = call!.args;
  t.deepEqual([first, second], [9007199254740993n, 1n]);
  t.is(call!.queue, "machinery_tasks");
  t.is(await call!.result.getState().then(({ state }) => state), "PENDING");
  t.is(kit.sent(tasks.resize)[0]!.args[0].image.id, 1n);
  t.deepEqual(kit.sent(tasks.multiply), []);
  // @ts-expect-error: what a sender takes is not what was sent
  kit.sent(tasks.add)[0]?.args satisfies string[] | undefined;
});

test("drain runs what was sent and all that follows, and the results are there", async (t) => {
  const kit = await app(t);
  const last = await kit.server.sendChain(chain(tasks.add(1n, 1n), tasks.add(5n, 5n), tasks.multiply(4n)));
  const all = await kit.server.sendChord(chord(group(tasks.add(1n, 1n), tasks.add(5n, 5n)), tasks.multiply()));
  const ended = await kit.drain();
  t.is(await last.get(), 48n);
  t.is(await all.get(), 20n);
  t.deepEqual(ended.map(({ name }) => name).sort(), ["add", "add", "add", "add", "multiply", "multiply"]);
  t.deepEqual(new Set(ended.map(({ state }) => state)), new Set(["SUCCESS"]));
  t.deepEqual(
    kit
      .sent(tasks.multiply)
      .map(({ args }) => args)
      .sort((a, b) => Number(a[0]! - b[0]!)),
    [
      [2n, 10n],
      [4n, 12n],
    ],
  );
  t.is(await kit.sent(tasks.multiply).at(-1)!.result.get(), kit.sent(tasks.multiply).at(-1)!.args[0] === 4n ? 48n : 20n);
  t.deepEqual(await kit.drain(), []);
});

test("delays and retries pass in no time, and in order", async (t) => {
  const seen: [string, number][] = [];
  let runs = 0;
  const kit = await app(t, {
    split: (text) => {
      seen.push([text, kit.clock.now()]);
      if (text === "again" && ++runs < 3) throw new RetryLater(60_000);
      return [text];
    },
  });
  const start = kit.clock.now();
  await kit.server.sendTask(tasks.split("tomorrow").with({ eta: new Date(start + 86_400_000) }));
  await kit.server.sendTask(tasks.split("again"));
  t.deepEqual(
    kit.sent(tasks.split).map(({ eta }) => eta?.getTime()),
    [start + 86_400_000, undefined],
  );
  await kit.drain();
  // The results of what ran first are there still.
  t.deepEqual(await kit.sent(tasks.split)[1]!.result.get(), ["again"]);
  t.deepEqual(
    seen.map(([text, at]) => [text, at - start]),
    [
      ["again", 0],
      ["again", 60_000],
      ["again", 120_000],
      ["tomorrow", 86_400_000],
    ],
  );
});

test("a failed task fails the test, and says how; where that is what is tested, it is returned", async (t) => {
  const kit = await app(t);
  await senders(kit.server).fail("out of paper");
  const error = await t.throwsAsync(kit.drain());
  t.regex(error!.message, /^\[ERR_DRAIN\] a task has failed:\n {2}fail \(task_\S+\): out of paper\n.*allowFailures: true/s);

  await senders(kit.server).fail("again");
  const [ended] = await kit.drain({ allowFailures: true });
  t.like(ended, { name: "fail", state: "FAILURE", error: "again" });
});

test("a task without a handler, and one that does not end, are told by name", async (t) => {
  const alone = await TestApp.start();
  t.teardown(() => alone.close());
  await senders(alone.server).none();
  await t.throwsAsync(alone.drain(), { message: /^\[ERR_DRAIN\] there is no handler for none\. .*dispatch\(handlers\)/ });

  let release = () => {};
  const kit = await app(t, { none: () => new Promise<void>((resolve) => (release = resolve)) });
  await senders(kit.server).none();
  await t.throwsAsync(kit.drain({ timeoutMs: 1 }), { message: /^\[ERR_DRAIN\] within 1 ms these have not ended: none \(task_/ });
  release();
});

test("the clock is the test's: a time-out passes when it says so", async (t) => {
  const kit = await app(t, {
    resize: () =>
      new Promise((_, reject) => {
        const { signal } = taskContext();
        signal.addEventListener("abort", () => reject(signal.reason));
        setImmediate(() => kit.clock.advance(30_000));
      }),
  });
  const size = { width: 1, height: 1 };
  await kit.server.sendTask(tasks.resize({ image: { id: 1n, size }, box: size, fit: "fill" }).with({ retry: { count: 0 } }));
  const [ended] = await kit.drain({ allowFailures: true });
  t.is(ended!.state, "FAILURE");
  t.regex(ended!.error!, /ERR_TASK_TIMEOUT/);
});

test("tasks on threads run here, and other queues are served", async (t) => {
  const kit = await app(t);
  const primes = await senders(kit.server).count_primes(100);
  await kit.server.sendTask(tasks.add(1n).with({ queue: "elsewhere" }));
  await kit.drain();
  t.is(await primes.get(), 25);
  t.is(kit.sent(tasks.add)[0]!.queue, "elsewhere");
});

test("what is no builder is refused, and forgetting begins anew", async (t) => {
  const kit = await app(t);
  await senders(kit.server).add(1n);
  t.throws(() => kit.sent((() => {}) as never), { message: /^\[ERR_ARG_VALUE\] that is no task builder/ });
  kit.forget();
  t.deepEqual(kit.sent(tasks.add), []);
  t.is((await kit.drain()).length, 1);
});
