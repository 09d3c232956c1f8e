import type { Delivery } from "../../../brokers/broker.js";
import { type RegisterBrokerTest, textOf, textsOf } from "./trial.js";

/** take: who gets what, and when. */
export function taking(register: RegisterBrokerTest): void {
  register("take brings no more than it was asked for", async (t, trial) => {
    await trial.publish(["1", "2", "3"]);
    const consumer = await trial.consume();
    t.deepEqual(textsOf(await trial.take(consumer, 2)), ["1", "2"]);
    t.deepEqual(textsOf(await trial.take(consumer, 2)), ["3"]);
  });

  register("take waits for the next message", async (t, trial) => {
    const consumer = await trial.consume();
    for (const text of ["1", "2", "3"]) {
      const waiting = trial.take(consumer, 10);
      await trial.publish([text]);
      t.deepEqual(textsOf(await waiting), [text]);
    }
  });

  register("a waiting take hears of a message that another connection publishes", async (t, trial) => {
    const consumer = await trial.consume();
    const waiting = trial.take(consumer);
    const other = await trial.connect();
    await other.publish([trial.message("from afar")]);
    t.deepEqual(textsOf(await waiting), ["from afar"]);
  });

  register("a take whose signal is aborted resolves with nothing", async (t, trial) => {
    const consumer = await trial.consume();
    t.deepEqual(await trial.within("The end of an aborted take", consumer.take(1, AbortSignal.abort())), []);
    const abort = new AbortController();
    const waiting = consumer.take(1, abort.signal);
    await trial.broker.inspect(trial.queue);
    abort.abort();
    t.deepEqual(await trial.within("The end of an aborted take", waiting), []);
  });

  register("an aborted take claims nothing more", async (t, trial) => {
    const consumer = await trial.consume();
    const abort = new AbortController();
    const waiting = consumer.take(1, abort.signal);
    await trial.broker.inspect(trial.queue);
    abort.abort();
    await trial.within("The end of an aborted take", waiting);
    await trial.publish(["a"]);
    await trial.counts({ pending: 1, delayed: 0, claimed: 0, dead: 0 });
    t.deepEqual(textsOf(await trial.take(consumer)), ["a"]);
  });

  register("an abort that races a message loses nothing and claims nothing in secret", async (t, trial) => {
    const consumer = await trial.consume();
    const taken: Delivery[] = [];
    const rounds = 50;
    for (let i = 0; i < rounds; i++) {
      const abort = new AbortController();
      const waiting = consumer.take(10, abort.signal);
      const publishing = trial.publish([`${i}`]);
      for (let turn = 0; turn < i % 7; turn++) await Promise.resolve();
      if (i % 3 === 0) await publishing;
      abort.abort();
      taken.push(...(await trial.within("The end of an aborted take", waiting)));
      await publishing;
    }
    taken.push(...(await trial.takeAll(consumer, rounds - taken.length)));
    t.deepEqual(
      textsOf(taken),
      Array.from({ length: rounds }, (_, i) => `${i}`),
    );
    t.true(taken.every(({ crashes }) => crashes === 0));
    await trial.ack(consumer, taken);
    await trial.counts({ pending: 0, delayed: 0, claimed: 0, dead: 0 });
  });

  register("two consumers never hold the same message", async (t, trial) => {
    await trial.publish(["1", "2", "3", "4"]);
    const other = await trial.connect();
    const a = await trial.consume({ capacity: 2 });
    const b = await trial.consume({ capacity: 2 }, other);
    const deliveries = [...(await trial.take(a, 2)), ...(await trial.take(b, 2))];
    t.deepEqual(textsOf(deliveries).sort(), ["1", "2", "3", "4"]);
  });

  register("of two waiting consumers one gets the message, the other waits on", async (t, trial) => {
    const consumers = [await trial.consume(), await trial.consume()];
    const arrived: string[] = [];
    const waiting = consumers.map(async (consumer) => {
      arrived.push(...textsOf(await trial.take(consumer)));
    });
    await trial.publish(["1"]);
    await trial.within("The first delivery", Promise.race(waiting));
    t.deepEqual(arrived, ["1"]);
    await trial.publish(["2"]);
    await Promise.all(waiting);
    t.deepEqual(arrived, ["1", "2"]);
  });

  register("a consumer never holds more than its capacity", async (t, trial) => {
    await trial.publish(["1", "2", "3"]);
    const consumer = await trial.consume({ capacity: 2 });
    const held = await trial.takeAll(consumer, 2);
    let arrived: Delivery[] = [];
    const waiting = trial.take(consumer, 10).then((deliveries) => {
      arrived = deliveries;
    });
    t.is((await trial.broker.inspect(trial.queue)).pending, 1);
    t.deepEqual(arrived, []);
    await trial.ack(consumer, held.slice(0, 1));
    await waiting;
    t.deepEqual(textsOf(arrived), ["3"]);
  });

  register("a consumer of several queues serves them in turn", async (t, trial) => {
    const quiet = trial.queueName("quiet");
    await trial.broker.declare([quiet]);
    await trial.publish(Array.from({ length: 40 }, (_, i) => `busy ${i}`));
    await trial.publish(["quiet 0", "quiet 1", "quiet 2"], { queue: quiet });
    // Far fewer at once than wait in the busy one.
    const consumer = await trial.consume({ queues: [trial.queue, quiet], capacity: 8 });
    const deliveries: Delivery[] = [];
    while (deliveries.length < 43) {
      const some = await trial.take(consumer, 8);
      deliveries.push(...some);
      await trial.ack(consumer, some);
    }
    t.true(deliveries.findIndex(({ queue }) => queue === quiet) < 40, "the quiet queue is not starved");
    for (const queue of [trial.queue, quiet]) {
      const numbers = deliveries.filter((d) => d.queue === queue).map((d) => Number(textOf(d).split(" ")[1]));
      t.deepEqual(
        numbers,
        [...numbers].sort((a, b) => a - b),
        "each queue in its own order",
      );
    }
  });

  register("a consumer gets nothing from queues that it did not name", async (t, trial) => {
    const other = trial.queueName("other");
    await trial.broker.declare([other]);
    const consumer = await trial.consume();
    const waiting = trial.take(consumer, 10);
    await trial.publish(["not ours"], { queue: other });
    await trial.publish(["ours"]);
    t.deepEqual(textsOf(await waiting), ["ours"]);
    t.is((await trial.broker.inspect(other)).pending, 1);
  });
}
