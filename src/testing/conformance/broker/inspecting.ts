import { rejectsWith } from "../test-function.js";
import type { BrokerSubject } from "./subject.js";
import type { BrokerTrial } from "./trial.js";
import { type RegisterBrokerTest, textsOf } from "./trial.js";

/** inspect, peek, redrive, purge: what people see and do beside the workers. */
export function inspecting(register: RegisterBrokerTest, subject: BrokerSubject): void {
  const { showsPending, showsDelayed } = subject.capabilities;
  const bury = async (trial: BrokerTrial, texts: string[]): Promise<void> => {
    await trial.publish(texts);
    const consumer = await trial.consume();
    const deliveries = await trial.takeAll(consumer, texts.length);
    await trial.settle(
      consumer,
      deliveries.map((delivery, i) => ({ delivery, as: "dead", reason: `reason ${texts[i]}` })),
    );
    await consumer.close();
  };

  const peeking: RegisterBrokerTest = showsPending ? register : () => {};

  if (!showsPending) {
    register("pending messages are not shown, and the broker says so", async (t, trial) => {
      await trial.publish(["1"]);
      await rejectsWith(t, "ERR_UNSUPPORTED", trial.broker.peek(trial.queue, "pending", 10));
      await trial.counts({ pending: 1, delayed: 0, claimed: 0, dead: 0 });
    });
  }

  peeking("peek shows what is next and consumes nothing", async (t, trial) => {
    await trial.publish(["1", "2", "3"]);
    t.deepEqual(textsOf(await trial.broker.peek(trial.queue, "pending", 2)), ["1", "2"]);
    const seen = await trial.broker.peek(trial.queue, "pending", 10);
    t.deepEqual(textsOf(seen), ["1", "2", "3"]);
    t.deepEqual(new Set(seen.map(({ queue }) => queue)), new Set([trial.queue]));
    const consumer = await trial.consume();
    const deliveries = await trial.takeAll(consumer, 3);
    t.deepEqual(textsOf(deliveries), ["1", "2", "3"]);
    t.true(deliveries.every(({ crashes }) => crashes === 0));
    t.deepEqual(await trial.broker.peek(trial.queue, "pending", 10), []);
  });

  peeking("peek gives copies", async (t, trial) => {
    await trial.publish(["1"]);
    const [seen] = await trial.broker.peek(trial.queue, "pending", 1);
    seen!.body.fill(0);
    const consumer = await trial.consume();
    t.deepEqual(textsOf(await trial.take(consumer)), ["1"]);
  });

  register("a dead letter is kept apart, with its reason and time", async (t, trial) => {
    const before = trial.stage.now();
    await bury(trial, ["1", "2"]);
    await trial.counts({ pending: 0, delayed: 0, claimed: 0, dead: 2 });
    const letters = await trial.broker.peek(trial.queue, "dead", 10);
    t.deepEqual(textsOf(letters), ["1", "2"]);
    t.deepEqual(
      letters.map(({ dead }) => dead?.reason),
      ["reason 1", "reason 2"],
    );
    for (const { dead } of letters) t.true(dead!.at >= before && dead!.at <= trial.stage.now());
    t.is((await trial.broker.peek(trial.queue, "dead", 1)).length, 1);
    await trial.publish(["3"]);
    const consumer = await trial.consume();
    t.deepEqual(textsOf(await trial.take(consumer, 10)), ["3"]);
  });

  register("redrive puts the oldest dead letters back at the tail", async (t, trial) => {
    await bury(trial, ["1", "2", "3"]);
    await trial.publish(["0"]);
    t.is(await trial.broker.redrive(trial.queue, 2), 2);
    await trial.counts({ pending: 3, delayed: 0, claimed: 0, dead: 1 });
    const consumer = await trial.consume();
    t.deepEqual(textsOf(await trial.takeAll(consumer, 3)), ["0", "1", "2"]);
    t.is(await trial.broker.redrive(trial.queue, 10), 1);
    t.is(await trial.broker.redrive(trial.queue, 10), 0);
    t.deepEqual(textsOf(await trial.take(consumer)), ["3"]);
  });

  register("a redriven message wakes a consumer that waits, and its crashes are forgiven", async (t, trial) => {
    await trial.publish(["1"]);
    const dying = await trial.consume();
    await trial.takeOne(dying);
    await trial.outlive(dying);
    const consumer = await trial.consume();
    const delivery = await trial.takeOne(consumer);
    t.is(delivery.crashes, 1);
    await trial.settle(consumer, [{ delivery, as: "dead", reason: "crashed" }]);
    const waiting = trial.take(consumer);
    t.is(await trial.broker.redrive(trial.queue, 1), 1);
    const [again] = await waiting;
    t.is(again!.crashes, 0);
  });

  register("purge empties one place of one queue", async (t, trial) => {
    const other = trial.queueName("other");
    await trial.broker.declare([other]);
    await bury(trial, ["d"]);
    await trial.publish(["claimed", "1", "2"]);
    await trial.publish(["elsewhere"], { queue: other });
    const consumer = await trial.consume();
    const held = await trial.takeOne(consumer);
    t.is(await trial.broker.purge(trial.queue, "pending"), 2);
    t.is(await trial.broker.purge(trial.queue, "pending"), 0);
    await trial.counts({ pending: 0, delayed: 0, claimed: 1, dead: 1 });
    t.is(await trial.broker.purge(trial.queue, "dead"), 1);
    if (showsDelayed) t.is(await trial.broker.purge(trial.queue, "delayed"), 0);
    await trial.counts({ pending: 0, delayed: 0, claimed: 1, dead: 0 });
    t.is((await trial.broker.inspect(other)).pending, 1);
    await trial.ack(consumer, [held]);
  });

  register("an unused queue is empty everywhere", async (t, trial) => {
    const { broker, queue } = trial;
    await trial.counts({ pending: 0, delayed: 0, claimed: 0, dead: 0 });
    for (const place of ["pending", "delayed", "dead"] as const) {
      if (place === "delayed" && !showsDelayed) continue;
      if (place !== "pending" || showsPending) t.deepEqual(await broker.peek(queue, place, 10), []);
      t.is(await broker.purge(queue, place), 0);
    }
    t.is(await broker.redrive(queue, 10), 0);
  });
}
