import test from "ava";
import { events, signature } from "machinery-ts";
import * as handlers from "../../tasks/index.js";
import { deferred, heard, stage } from "./stage.js";
import { dispatch } from "./tutorial.js";

/** A handler of `split` that is held up until it is told to go on, and who is inside. */
function gate() {
  const waiting: (() => void)[] = [];
  let inside = 0;
  let most = 0;
  const split = async (text: string) => {
    most = Math.max(most, ++inside);
    await new Promise<void>((resolve) => waiting.push(resolve));
    inside--;
    return [text];
  };
  return {
    dispatch: dispatch({ ...handlers, split }),
    /** Lets the one that has waited longest go on. */
    next: () => waiting.shift()?.(),
    get inside() {
      return inside;
    },
    get most() {
      return most;
    },
  };
}

for (const concurrency of [1, 3, 10]) {
  test(`${concurrency} at once: as many run, and never more`, async (t) => {
    const { send, work, broker, queue } = await stage(t);
    const held = gate();
    const sent = await send.split.many(Array.from({ length: 25 }, (_, i) => [`${i}`] as [string]));
    let started = 0;
    const full = heard(events.taskStarted, ({ uuid }) => sent.some((one) => one.uuid === uuid) && ++started === concurrency);
    await work({ handlers: held.dispatch, concurrency });
    await full;
    for (let ended = 0; ended < sent.length; ended++) {
      // As many run as may, and no more are claimed than run.
      t.is(held.inside, Math.min(concurrency, sent.length - ended));
      t.is((await broker.inspect(queue)).claimed, held.inside);
      const next =
        ended + concurrency < sent.length
          ? heard(events.taskStarted, ({ uuid }) => sent.some((one) => one.uuid === uuid))
          : undefined;
      const through = heard(events.taskEnded, ({ uuid }) => uuid === sent[ended]!.uuid);
      held.next();
      await through;
      await next;
    }
    t.is(held.most, concurrency);
    t.deepEqual(await broker.inspect(queue), { pending: 0, delayed: 0, claimed: 0, dead: 0 });
  });
}

test("several queues are served in turn, and no others", async (t) => {
  const { server, send, work } = await stage(t);
  const order: string[] = [];
  const on = (queue: string, n: number) =>
    server.sendTask(signature({ name: "split", args: [{ type: "string", value: `${queue}${n}` }], queue }));
  const all = [await on("a", 1), await on("a", 2), await on("a", 3), await on("b", 1), await on("b", 2)];
  const elsewhere = await send.split("default");
  await work({
    queues: ["a", "b"],
    concurrency: 1,
    handlers: dispatch({
      ...handlers,
      split: (text) => {
        order.push(text);
        return [text];
      },
    }),
  });
  await Promise.all(all.map((one) => one.get()));
  t.deepEqual(order, ["a1", "b1", "a2", "b2", "a3"]);
  t.is((await elsewhere.getState()).state, "PENDING");
});

test("a worker that waits for work takes it as soon as it comes", async (t) => {
  const { send, work } = await stage(t);
  await work({ concurrency: 2 });
  for (let i = 0n; i < 20n; i++) t.is(await (await send.add(i, 1n)).get(), i + 1n);
});

test("two workers share a queue", async (t) => {
  const { send, work } = await stage(t);
  const both = deferred();
  const inside = new Set<string>();
  const meet = (name: string) => async (text: string) => {
    inside.add(name);
    if (inside.size === 2) both.resolve();
    await both.promise;
    return [text];
  };
  const sent = await send.split.many([["x"], ["y"]]);
  await work({ concurrency: 1, handlers: dispatch({ ...handlers, split: meet("first") }) });
  await work({ concurrency: 1, handlers: dispatch({ ...handlers, split: meet("second") }) });
  t.deepEqual(await Promise.all(sent.map((one) => one.get())), [["x"], ["y"]]);
});

test("options that cannot be", async (t) => {
  const { server } = await stage(t);
  for (const concurrency of [0, -1, 1.5, Number.NaN]) {
    t.throws(() => server.newWorker("w", { concurrency }), { code: "ERR_CONFIG", message: /concurrency/ });
  }
  t.throws(() => server.newWorker("w", { queues: [] }), { code: "ERR_CONFIG", message: /queues/ });
});
