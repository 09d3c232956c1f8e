import test from "ava";
import { group, MachineryError, ManualClock } from "machinery-ts";
import { tasks } from "../../generated/index.js";
import type { Backend } from "../../src/backends/backend.js";
import type { Broker } from "../../src/brokers/broker.js";
import { Outbox } from "../../src/server/outbox.js";
import { SignatureEncoder } from "../../src/workflow/encode.js";
import { planTask } from "../../src/workflow/plan.js";
import { answering, faulty, overriding, refusing } from "../worker/faulty.js";
import { stage } from "../worker/stage.js";

test("many calls: results in their order, progress, and few round trips", async (t) => {
  const { send, work } = await stage(t);
  await work({ concurrency: 100 });
  const progress: [number, number][] = [];
  const calls = Array.from({ length: 1000 }, (_, i) => [BigInt(i), 1n] as [bigint, bigint]);
  const sent = await send.add.many(calls, { onProgress: (done, total) => progress.push([done, total]) });
  t.deepEqual(
    await Promise.all(sent.map((one) => one.get())),
    calls.map(([i]) => i + 1n),
  );
  t.deepEqual(
    progress,
    calls.map((_, i) => [i + 1, 1000]),
  );
  t.deepEqual(await send.add.many([]), []);
});

test("many calls of which one does not fit: nothing is sent", async (t) => {
  const { send, broker, queue } = await stage(t);
  await t.throwsAsync(send.add.many([[1n], [2n ** 63n], [3n]]), { code: "ERR_ARG_RANGE" });
  await t.throwsAsync(send.split.many([["a"], [7 as never]]), { code: "ERR_ARG_VALUE" });
  t.is((await broker.inspect(queue)).pending, 0);
});

test("one call that does not fit: nothing is sent", async (t) => {
  const { send, broker, queue } = await stage(t);
  await t.throwsAsync(send.add(2n ** 63n), { code: "ERR_ARG_RANGE", message: /terms/ });
  await t.throwsAsync(send.add("1" as never), { code: "ERR_ARG_VALUE" });
  await t.throwsAsync((send.split as (...args: unknown[]) => Promise<unknown>)(), { code: "ERR_ARG_COUNT" });
  t.is((await broker.inspect(queue)).pending, 0);
});

test("what listens to the progress and throws is heard, and stops nothing", async (t) => {
  const { send, broker, queue } = await stage(t);
  const onProgress = () => {
    throw new Error("no screen");
  };
  await t.throwsAsync(send.add.many([[1n], [2n]], { onProgress }), { message: "no screen" });
  t.is((await broker.inspect(queue)).pending, 2);
});

/** An outbox that sees its broker and backend through decorators, and a way to send `add(n)` through it. */
async function outbox(
  t: Parameters<typeof stage>[0],
  {
    broker = (same: Broker) => same,
    backend = (same: Backend) => same,
  }: { broker?: (b: Broker) => Broker; backend?: (b: Backend) => Backend },
) {
  const clock = new ManualClock();
  const set = await stage(t, { clock });
  const box = new Outbox({
    broker: broker(set.broker),
    backend: backend(set.backend),
    clock,
    resultTtlMs: 60_000,
    maxMessageBytes: 2 ** 20,
  });
  const encoder = new SignatureEncoder({ queue: set.queue });
  const planned = (uuid: string, queue?: string) =>
    planTask(tasks.add(1n).with({ uuid, ...(queue !== undefined && { queue }) }), encoder, clock.now());
  const add = (uuid: string, queue?: string) => new Promise<void>((yes, no) => box.add(planned(uuid, queue), undefined, yes, no));
  return { ...set, box, planned, add };
}

const down = new MachineryError("ERR_BROKER", "down");

test("the broker refuses a message: its sender is told, and no state stays behind", async (t) => {
  const { add, backend, broker, queue } = await outbox(t, {
    broker: (same) => answering(same, [({ id }) => (id === "task_b" ? { status: "error", error: down } : undefined)]),
  });
  const [a, b] = await Promise.allSettled([add("task_a"), add("task_b")]);
  t.is(a.status, "fulfilled");
  t.is(b.status === "rejected" && b.reason, down);
  const [first, second] = await backend.read(["task_a", "task_b"]);
  t.regex(first!, /PENDING/);
  t.is(second, null);
  t.is((await broker.inspect(queue)).pending, 1);
});

test("a task that was sent before, and has ended: sending it again in vain does not take its result away", async (t) => {
  const { add, backend, send, work, server } = await outbox(t, {
    broker: (same) => answering(same, [() => ({ status: "error", error: down })]),
  });
  await work();
  await server.sendTask(tasks.add(1n).with({ uuid: "task_a" }));
  t.is(await server.asyncResult("task_a").get(), 1n);
  void send;
  await t.throwsAsync(add("task_a"), { is: down });
  t.regex((await backend.read(["task_a"]))[0]!, /SUCCESS/);
});

test("nobody knows whether a message is there: its sender is told so, and its state stays", async (t) => {
  const { add, backend } = await outbox(t, {
    broker: (same) => answering(same, [() => ({ status: "ambiguous", error: new MachineryError("ERR_AMBIGUOUS", "perhaps") })]),
  });
  await t.throwsAsync(add("task_a"), { code: "ERR_AMBIGUOUS" });
  t.regex((await backend.read(["task_a"]))[0]!, /PENDING/);
});

test("the backend is down: nothing is sent", async (t) => {
  const { add, broker, queue } = await outbox(t, { backend: (same) => faulty(same, { write: ["before"] }) });
  const ends = await Promise.allSettled([add("task_a"), add("task_b")]);
  t.deepEqual(
    ends.map(({ status }) => status),
    ["rejected", "rejected"],
  );
  t.is((await broker.inspect(queue)).pending, 0);
  await add("task_c");
  t.is((await broker.inspect(queue)).pending, 1);
});

test("a state that can never be stored, and a queue that cannot be declared, harm no other task of the batch", async (t) => {
  const { add, broker, queue } = await outbox(t, {
    backend: (same) => refusing(same, ({ id }) => (id === "task_b" ? "bad key" : undefined)),
    broker: (same) =>
      overriding(same, {
        declare: async (queues) => {
          if (queues.includes("bad")) throw new MachineryError("ERR_QUEUE_NAME", "bad");
          return same.declare(queues);
        },
      }),
  });
  const ends = await Promise.allSettled([add("task_a"), add("task_b"), add("task_c", "bad"), add("task_d")]);
  t.deepEqual(
    ends.map((end) => (end.status === "rejected" ? end.reason.message : "sent")),
    ["sent", "bad key", "[ERR_QUEUE_NAME] bad", "sent"],
  );
  t.is((await broker.inspect(queue)).pending, 2);
});

test("a group of which some cannot be sent: how many, and why", async (t) => {
  const refuse = ({ id }: { id: string }) => (/task_[13]$/.test(id) ? ({ status: "error", error: down } as const) : undefined);
  const { box, planned, broker, queue } = await outbox(t, { broker: (same) => answering(same, [refuse, refuse, refuse]) });
  const messages = [0, 1, 2, 3, 4].map((i) => planned(`task_${i}`));
  const together = await t.throwsAsync<AggregateError>(box.addAll([], messages, 5), { instanceOf: AggregateError });
  t.regex(together!.message, /^2 of 5 tasks were not sent/);
  t.deepEqual(together!.errors, [down, down]);
  t.is((await broker.inspect(queue)).pending, 3);
  // Two at a time, it stops after the first two.
  const apart = await t.throwsAsync<AggregateError>(box.addAll([], messages, 2), { instanceOf: AggregateError });
  t.regex(apart!.message, /^4 of 5 tasks were not sent/);
  t.deepEqual(apart!.errors, [down]);
});

test("a limit on what is on its way at once", async (t) => {
  const batches: number[] = [];
  const { box, planned } = await outbox(t, {
    broker: (same) =>
      overriding(same, {
        publish: (messages) => {
          batches.push(messages.length);
          return same.publish(messages);
        },
      }),
  });
  await box.addAll(
    [],
    [0, 1, 2, 3, 4].map((i) => planned(`task_${i}`)),
    2,
  );
  t.deepEqual(batches, [2, 2, 1]);
});

test("closing the server sends what is on its way", async (t) => {
  const { server, send, broker, queue } = await stage(t);
  const sent = send.add(1n);
  const members = server.sendGroup(group(tasks.add(1n), tasks.add(2n)));
  await server.close();
  await sent;
  await members;
  t.is((await broker.inspect(queue)).pending, 3);
});
