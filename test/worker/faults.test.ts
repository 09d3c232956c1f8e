import test, { type ExecutionContext } from "ava";
import {
  chain,
  chord,
  events,
  group,
  MachineryError,
  ManualClock,
  RetryLater,
  signature,
  TaskError,
  taskContext,
} from "machinery-ts";
import { tasks } from "../../generated/index.js";
import type { Backend } from "../../src/backends/backend.js";
import type { Broker, Consumer } from "../../src/brokers/broker.js";
import { StateRecord } from "../../src/wire/state.js";
import { Worker, type WorkerOptions } from "../../src/worker/worker.js";
import * as handlers from "../../tasks/index.js";
import { answering, type Fault, type Faults, faulty, overriding, refusing, withFaultyConsumer } from "./faulty.js";
import { workerParts } from "./parts.js";
import { deferred, heard, type Stage, stage } from "./stage.js";
import { dispatch } from "./tutorial.js";

interface Breakage {
  readonly broker?: (broker: Broker) => Broker;
  readonly backend?: (backend: Backend) => Backend;
  readonly options?: WorkerOptions;
}

/** A stage with a clock to advance, and a worker that sees its broker and backend through decorators. */
async function broken(t: ExecutionContext, { broker = (same) => same, backend = (same) => same, options = {} }: Breakage) {
  const clock = new ManualClock();
  const set = await stage(t, { clock });
  const worker = new Worker("faulty", workerParts(set.server, broker(set.broker), backend(set.backend), clock), {
    handlers: dispatch(handlers),
    ...options,
  });
  t.teardown(() => worker.stop({ graceMs: 0 }));
  /** Lets time pass until the promise is settled: each pause of a back-off is at most 5 s. */
  const outlast = async <T>(promise: Promise<T>): Promise<T> => {
    let settled = false;
    const done = () => {
      settled = true;
    };
    promise.then(done, done);
    for (let i = 0; i < 100 && !settled; i++) await clock.advance(5000);
    if (!settled) throw new Error("it never ended");
    return promise;
  };
  return { ...set, clock, worker, outlast };
}

const nothingLeft = { pending: 0, delayed: 0, claimed: 0, dead: 0 };

async function empty(t: ExecutionContext, { broker, queue }: Stage): Promise<void> {
  t.deepEqual(await broker.inspect(queue), nothingLeft);
}

const everyTime: readonly Fault[] = ["before", "before", "after", "before", "after"];

test("the backend is down when a task comes: it is neither run nor lost, and nothing more is taken", async (t) => {
  const calls = new Map<string, number>();
  const set = await broken(t, {
    backend: (backend) => faulty(backend, { write: [...everyTime] }, calls),
    options: { concurrency: 1 },
  });
  const sent = await set.send.add.many([[1n], [2n]]);
  await set.worker.start();
  await set.clock.advance(0);
  t.deepEqual(await set.broker.inspect(set.queue), { ...nothingLeft, pending: 1, claimed: 1 });
  t.deepEqual(await set.outlast(Promise.all(sent.map((one) => one.get()))), [1n, 2n]);
  await set.worker.stop();
  await empty(t, set);
});

test("a backend that stays down is asked again, no more than twice a second", async (t) => {
  const calls = new Map<string, number>();
  const down = { write: { shift: () => "before" } } as unknown as Faults<Backend>;
  const set = await broken(t, { backend: (backend) => faulty(backend, down, calls) });
  await set.send.add(1n);
  await set.worker.start();
  await set.clock.advance(60_000);
  t.true(calls.get("write")! >= 10 && calls.get("write")! <= 120, `${calls.get("write")} calls`);
  await set.worker.stop({ graceMs: 0 });
  t.deepEqual(await set.broker.inspect(set.queue), { ...nothingLeft, pending: 1 });
});

for (const verb of ["write", "memberDone", "readGroups", "read", "chordSent"] as const) {
  test(`a chord ends once, whatever becomes of ${verb}`, async (t) => {
    const runs: string[] = [];
    const set = await broken(t, {
      backend: (backend) => faulty(backend, { [verb]: [undefined, ...everyTime] }),
      options: {
        handlers: dispatch({
          ...handlers,
          multiply: (...factors) => {
            runs.push(taskContext().uuid);
            return handlers.multiply(...factors) as bigint;
          },
        }),
      },
    });
    const sent = await set.server.sendChord(chord(group(tasks.add(1n, 1n), tasks.add(5n, 5n)), tasks.multiply()));
    await set.worker.start();
    t.is(await set.outlast(sent.get()), 20n);
    await set.clock.advance(60_000);
    t.deepEqual(runs, [sent.uuid]);
    const stopped = set.worker.stop({ graceMs: 1000 });
    await set.clock.advance(1000);
    await stopped;
    await empty(t, set);
  });
}

test("settling fails: the task is not run again, and its followers are not sent again", async (t) => {
  const started: unknown[] = [];
  const set = await broken(t, {
    broker: (broker) => withFaultyConsumer(broker, { settle: ["before", "after", "before"] }),
  });
  const sent = await set.server.sendChain(chain(tasks.add(1n).with({ uuid: "task_settling" }), tasks.add(2n)));
  const listener = (event: unknown): void => void started.push((event as { uuid: string }).uuid);
  events.taskStarted.subscribe(listener);
  t.teardown(() => events.taskStarted.unsubscribe(listener));
  await set.worker.start();
  t.is(await set.outlast(sent.get()), 3n);
  await set.clock.advance(60_000);
  t.deepEqual(
    started.filter((uuid) => uuid === "task_settling" || uuid === sent.uuid),
    ["task_settling", sent.uuid],
  );
  await empty(t, set);
});

test("taking fails: it is tried again", async (t) => {
  const set = await broken(t, { broker: (broker) => withFaultyConsumer(broker, { take: ["before", "before", "before"] }) });
  const sent = await set.send.add(1n);
  await set.worker.start();
  t.is(await set.outlast(sent.get()), 1n);
});

test("the broker fails to publish a follower, or does not know whether it has: it is sent again", async (t) => {
  const error = new MachineryError("ERR_BROKER", "down");
  const set = await broken(t, {
    broker: (broker) =>
      answering(broker, [
        () => ({ status: "error", error }),
        () => ({ status: "ambiguous", error }),
        () => ({ status: "error", error }),
      ]),
  });
  const sent = await set.server.sendChain(chain(tasks.add(1n), tasks.add(2n)));
  await set.worker.start();
  t.is(await set.outlast(sent.get()), 3n);
  await set.clock.advance(60_000);
  await empty(t, set);
});

test("of several followers those that are out are not sent again", async (t) => {
  const published: string[] = [];
  const error = new MachineryError("ERR_BROKER", "down");
  const set = await broken(t, {
    broker: (broker) =>
      answering(
        overriding(broker, {
          publish: (messages) => {
            published.push(...messages.map(({ id }) => id));
            return broker.publish(messages);
          },
        }),
        [({ id }) => (id === "task_b" ? { status: "error", error } : undefined)],
      ),
    // The one slot is the parent's until all is out.
    options: { concurrency: 1 },
  });
  const follower = (uuid: string) => signature({ name: "none", uuid });
  const sent = await set.server.sendTask(tasks.none().with({ onSuccess: [follower("task_a"), follower("task_b")] }));
  await set.worker.start();
  await sent.get();
  await set.outlast(set.server.asyncResult("task_b").get());
  t.deepEqual(published, ["task_a", "task_b"]);
});

test("a follower that the broker will never take ends as a failure, and so does what was to follow it", async (t) => {
  const error = new MachineryError("ERR_QUEUE_NAME", "too long");
  const set = await broken(t, {
    broker: (broker) => answering(broker, [() => ({ status: "error", error })]),
  });
  const sent = await set.server.sendChain(
    chain(tasks.add(1n), tasks.add(2n).with({ uuid: "task_unsent" }), tasks.add(3n).with({ uuid: "task_after" })),
  );
  await set.worker.start();
  const failed = await t.throwsAsync<TaskError>(sent.get(), { instanceOf: TaskError });
  t.is(failed!.uuid, "task_unsent");
  t.regex(failed!.taskMessage, /^not sent: .*ERR_QUEUE_NAME/);
  await t.throwsAsync(set.server.asyncResult("task_after").get(), { message: /task "add" \(task_unsent\) failed: not sent/ });
});

test("a queue that cannot be declared harms nothing but what goes there", async (t) => {
  const error = new MachineryError("ERR_QUEUE_NAME", "no such name");
  const set = await broken(t, {
    broker: (broker) =>
      overriding(broker, {
        declare: async (queues) => {
          if (queues.includes("bad")) throw error;
          return broker.declare(queues);
        },
      }),
  });
  const sent = await set.server.sendTask(
    tasks
      .none()
      .with({ onSuccess: [tasks.none().with({ uuid: "task_good" }), tasks.none().with({ uuid: "task_bad", queue: "bad" })] }),
  );
  await set.worker.start();
  await sent.get();
  await set.server.asyncResult("task_good").get();
  await t.throwsAsync(set.server.asyncResult("task_bad").get(), { message: /not sent.*ERR_QUEUE_NAME/ });
});

test("a result that the backend will never store is a failure that says why", async (t) => {
  const set = await broken(t, {
    backend: (backend) => refusing(backend, ({ state }) => (state === "SUCCESS" ? "17 MiB are too many" : undefined)),
  });
  const ended = heard(events.taskEnded, ({ name, state }) => name === "split" && state === "FAILURE");
  const sent = await set.server.sendTask(
    tasks.split("x").with({
      onSuccess: signature({ name: "concat", uuid: "task_never" }),
      onError: signature({ name: "split", uuid: "task_told" }),
    }),
  );
  await set.worker.start();
  await t.throwsAsync(sent.get(), { message: /the result cannot be stored: 17 MiB are too many/ });
  t.is((await ended).uuid, sent.uuid);
  await t.throwsAsync(set.server.asyncResult("task_never").get(), { message: /cannot be stored/ });
  await t.throwsAsync(set.server.asyncResult("task_told").get(), { message: /cannot be stored/ });
  await empty(t, set);
});

test("where not even that can be stored, the message is a dead letter with the reason", async (t) => {
  const set = await broken(t, {
    backend: (backend) => refusing(backend, ({ state }) => (/SUCCESS|FAILURE/.test(state) ? "no room" : undefined)),
  });
  const dead = heard(events.messageDead, ({ reason }) => reason === "no room");
  const sent = await set.send.add(1n);
  await set.worker.start();
  await dead;
  t.deepEqual(await set.broker.inspect(set.queue), { ...nothingLeft, dead: 1 });
  t.is((await sent.getState()).state, "STARTED");
});

test("an id under which nothing can be stored at all is a dead letter before its task runs", async (t) => {
  let ran = false;
  const set = await broken(t, {
    backend: (backend) => refusing(backend, ({ id }) => (id === "task_x" ? "bad key" : undefined)),
    options: {
      handlers: dispatch({
        ...handlers,
        none: () => {
          ran = true;
        },
      }),
    },
  });
  const dead = heard(events.messageDead, ({ reason }) => reason === "bad key");
  await set.publish('{"UUID":"task_x","Name":"none"}');
  await set.worker.start();
  await dead;
  t.false(ran);
  t.is(await set.outlast((await set.send.add(1n)).get()), 1n);
});

test("a retry of a task that has ended elsewhere meanwhile is not sent", async (t) => {
  const set = await broken(t, {
    options: {
      handlers: dispatch({
        ...handlers,
        add: async () => {
          const { uuid: id, name } = taskContext();
          const json = `{"TaskUUID":"${id}","TaskName":"add","State":"SUCCESS","Results":[{"Type":"int64","Value":7}],"Error":"","CreatedAt":""}`;
          await set.backend.write([{ id, name, state: "SUCCESS", results: "[]", error: "", createdAt: "", ttlMs: 60_000, json }]);
          throw new RetryLater(1000);
        },
      }),
    },
  });
  const sent = await set.server.sendChain(chain(tasks.add(1n).with({ uuid: "task_first" }), tasks.multiply(2n)));
  await set.worker.start();
  // The clock stands still: a message for later would be there still.
  t.is(await sent.get(), 14n);
  await set.worker.stop();
  await empty(t, set);
});

test("a claim lost while its task runs: the signal says so, how it ends decides nothing, and no event tells of an end", async (t) => {
  const ended: unknown[] = [];
  const consumers: (Consumer & { abandon?(): void })[] = [];
  const set = await broken(t, {
    broker: (broker) =>
      overriding(broker, {
        consume: async (options) => {
          const consumer = await broker.consume(options);
          consumers.push(consumer);
          return consumer;
        },
      }),
    options: {
      leaseMs: 1000,
      concurrency: 1,
      handlers: dispatch({
        ...handlers,
        split: async (text) => {
          const { signal } = taskContext();
          started.resolve();
          await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
          return [text];
        },
      }),
    },
  });
  const started = deferred();
  const listener = (event: unknown): void => void ended.push((event as { uuid: string }).uuid);
  events.taskEnded.subscribe(listener);
  t.teardown(() => events.taskEnded.unsubscribe(listener));
  const sent = await set.send.split("x");
  await set.worker.start();
  await started.promise;
  consumers[0]!.abandon!();
  await set.clock.advance(1000);
  t.is((await sent.getState()).state, "STARTED");
  t.false(ended.includes(sent.uuid));
  await set.worker.stop({ graceMs: 0 });
  // Another worker has it now.
  await set.work();
  t.deepEqual(await set.outlast(sent.get()), ["x"]);
});

test("a stored state that cannot be read ends what was to follow", async (t) => {
  const set = await broken(t, {});
  const text = '{"UUID":"task_x","Name":"none","OnSuccess":[{"UUID":"task_next","Name":"none"}]}';
  const json = '{"State":"SUCCESS","Results":7}';
  const write = { id: "task_x", name: "none", results: null, error: "", createdAt: "", ttlMs: 60_000, json } as const;
  await set.backend.write([{ ...write, state: "SUCCESS" }]);
  await set.publish(text);
  await set.worker.start();
  await t.throwsAsync(set.server.asyncResult("task_next").get(), { message: /ERR_STATE_CORRUPT/ });
  t.is(await (await set.send.add(1n)).get(), 1n);
  await set.worker.stop();
  await empty(t, set);
});

test("a group whose record is gone, or no record, ends its callback", async (t) => {
  for (const json of [null, "junk", '{"GroupUUID":"group_x","TaskUUIDs":["task_m","task_other"]}']) {
    const set = await broken(t, {});
    if (json !== null) await set.backend.openGroup({ id: "group_x", members: ["task_m"], json, ttlMs: 60_000 });
    // A member that runs still: the count in the message is wrong.
    await set.backend.write([new StateRecord("task_other", "none", "STARTED", null, "", "", 60_000, undefined)]);
    await set.publish(
      '{"UUID":"task_m","Name":"none","GroupUUID":"group_x","GroupTaskCount":1,"ChordCallback":{"UUID":"chord_x","Name":"none"}}',
    );
    await set.worker.start();
    await t.throwsAsync(
      set.server.asyncResult("chord_x").get(),
      { message: /the result of member \d of group_x is gone/ },
      String(json),
    );
  }
});

test("the worker stops while its results cannot be stored: the message goes back", async (t) => {
  const down = { write: [undefined, ...new Array<Fault>(1000).fill("before")] };
  const set = await broken(t, { backend: (backend) => faulty(backend, down) });
  const sent = await set.send.add(1n);
  const started = heard(events.taskStarted, ({ uuid }) => uuid === sent.uuid);
  await set.worker.start();
  await started;
  await set.clock.advance(1000);
  const stopped = set.worker.stop({ graceMs: 2000 });
  await set.clock.advance(0);
  await set.clock.advance(2000);
  await stopped;
  t.deepEqual(await set.broker.inspect(set.queue), { ...nothingLeft, pending: 1 });
  await set.work();
  t.is(await set.outlast(sent.get()), 1n);
});
