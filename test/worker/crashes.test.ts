import test from "ava";
import { ManualClock, TaskError } from "machinery-ts";
import type { Consumer } from "../../src/brokers/broker.js";
import { openMemoryBroker } from "../../src/brokers/memory.js";
import * as handlers from "../../tasks/index.js";
import { stage } from "./stage.js";
import { dispatch } from "./tutorial.js";

/** Claims what is in the queue and dies, `times` times. */
async function die(name: string, clock: ManualClock, queue: string, times: number): Promise<void> {
  const broker = openMemoryBroker({ name, clock });
  for (let i = 0; i < times; i++) {
    const consumer: Consumer & { abandon?(): void } = await broker.consume({ queues: [queue], capacity: 10, leaseMs: 1000 });
    await consumer.take(10);
    consumer.abandon!();
    await clock.advance(1000);
  }
  await broker.close();
}

test("a task whose worker died four times runs once more", async (t) => {
  const clock = new ManualClock();
  const { name, queue, send, work } = await stage(t, { clock });
  const sent = await send.add(1n);
  await die(name, clock, queue, 4);
  await work();
  t.is(await sent.get(), 1n);
});

test("one whose worker died five times is put aside, unrun, and has failed; the others run", async (t) => {
  const clock = new ManualClock();
  const { name, queue, send, work, broker, server } = await stage(t, { clock });
  let ran = false;
  const poison = await send.split("x");
  await die(name, clock, queue, 5);
  const good = await send.add(1n);
  await work({
    handlers: dispatch({
      ...handlers,
      split: (text) => {
        ran = true;
        return [text];
      },
    }),
  });
  await t.throwsAsync(poison.get(), { instanceOf: TaskError, message: /ERR_TASK_CRASHED.*died 5 times/ });
  t.is(await good.get(), 1n);
  t.false(ran);
  t.is((await broker.inspect(queue)).dead, 1);
  // Looked at, mended, and given another chance.
  t.is(await server.getBroker().redrive(), 1);
  t.deepEqual(await poison.get(), ["x"]);
  t.true(ran);
});

test("how often is the user's to say", async (t) => {
  const clock = new ManualClock();
  const { name, queue, send, work } = await stage(t, { clock });
  const sent = await send.add(1n);
  await die(name, clock, queue, 1);
  await work({ maxCrashes: 1 });
  await t.throwsAsync(sent.get(), { message: /ERR_TASK_CRASHED/ });
});

test("never is not an answer", async (t) => {
  const { server } = await stage(t);
  for (const maxCrashes of [0, 1.5, Number.NaN]) {
    t.throws(() => server.newWorker("w", { maxCrashes }), {
      code: "ERR_CONFIG",
      message: /maxCrashes: must be a whole number from 1/,
    });
  }
});
