import type { SettleOutcome } from "../../../brokers/broker.js";
import { type RegisterBrokerTest, textsOf } from "./trial.js";

/** settle, close: how claims end while their holder lives. */
export function settling(register: RegisterBrokerTest): void {
  register("an acknowledged message is gone", async (_t, trial) => {
    await trial.publish(["1", "2"]);
    const consumer = await trial.consume();
    const deliveries = await trial.takeAll(consumer, 2);
    await trial.counts({ pending: 0, delayed: 0, claimed: 2, dead: 0 });
    await trial.ack(consumer, deliveries);
    await trial.counts({ pending: 0, delayed: 0, claimed: 0, dead: 0 });
  });

  register("claims can be settled in any order", async (t, trial) => {
    await trial.publish(["1", "2", "3"]);
    const consumer = await trial.consume();
    const [a, b, c] = await trial.takeAll(consumer, 3);
    await trial.ack(consumer, [c!, a!]);
    await trial.settle(consumer, [{ delivery: b!, as: "release" }]);
    t.deepEqual(textsOf(await trial.take(consumer)), ["2"]);
  });

  register("a released message goes back, to the head where the broker keeps places, blameless", async (t, trial) => {
    await trial.publish(["1", "2"]);
    const consumer = await trial.consume();
    const first = await trial.takeOne(consumer);
    await trial.settle(consumer, [{ delivery: first, as: "release" }]);
    const deliveries = await trial.takeAll(consumer, 2);
    trial.cameBack(deliveries, ["1"], ["2"]);
    t.true(deliveries.every(({ crashes }) => crashes === 0));
  });

  register("what is released together keeps its order", async (_t, trial) => {
    await trial.publish(["1", "2", "3"]);
    const consumer = await trial.consume();
    const held = await trial.takeAll(consumer, 2);
    await trial.settle(
      consumer,
      held.map((delivery) => ({ delivery, as: "release" })),
    );
    trial.cameBack(await trial.takeAll(consumer, 3), ["1", "2"], ["3"]);
  });

  register("a released message wakes a consumer that waits", async (t, trial) => {
    await trial.publish(["1"]);
    const a = await trial.consume();
    const b = await trial.consume();
    const delivery = await trial.takeOne(a);
    const waiting = trial.take(b);
    await trial.settle(a, [{ delivery, as: "release" }]);
    t.deepEqual(textsOf(await waiting), ["1"]);
  });

  register("a claim ends once: what comes later is lost and changes nothing", async (t, trial) => {
    await trial.publish(["1"]);
    const consumer = await trial.consume();
    const delivery = await trial.takeOne(consumer);
    const outcomes = await consumer.settle([
      { delivery, as: "ack" },
      { delivery, as: "release" },
    ]);
    t.deepEqual(outcomes, ["ok", "lost"]);
    t.deepEqual(
      await consumer.settle([
        { delivery, as: "dead", reason: "late" },
        { delivery, as: "ack" },
      ]),
      ["lost", "lost"],
    );
    await trial.counts({ pending: 0, delayed: 0, claimed: 0, dead: 0 });
  });

  register("an old delivery cannot settle a newer claim on its message", async (t, trial) => {
    await trial.publish(["1"]);
    const consumer = await trial.consume();
    const old = await trial.takeOne(consumer);
    await trial.settle(consumer, [{ delivery: old, as: "release" }]);
    const current = await trial.takeOne(consumer);
    t.deepEqual(await consumer.settle([{ delivery: old, as: "ack" }]), ["lost"] satisfies SettleOutcome[]);
    await trial.ack(consumer, [current]);
  });

  register("a consumer cannot settle another one's claim", async (t, trial) => {
    await trial.publish(["1"]);
    const a = await trial.consume();
    const b = await trial.consume();
    const delivery = await trial.takeOne(a);
    t.deepEqual(await b.settle([{ delivery, as: "ack" }]), ["lost"]);
    await trial.ack(a, [delivery]);
  });

  register("an empty batch settles nothing", async (t, trial) => {
    const consumer = await trial.consume();
    t.deepEqual(await consumer.settle([]), []);
  });

  register("a batch may settle its claims in different ways", async (t, trial) => {
    await trial.publish(["ack", "release", "dead"]);
    const consumer = await trial.consume();
    const [a, b, c] = await trial.takeAll(consumer, 3);
    await trial.settle(consumer, [
      { delivery: a!, as: "ack" },
      { delivery: b!, as: "release" },
      { delivery: c!, as: "dead", reason: "broken" },
    ]);
    await trial.counts({ pending: 1, delayed: 0, claimed: 0, dead: 1 });
    t.deepEqual(textsOf(await trial.take(consumer)), ["release"]);
  });

  register("a closing consumer gives back what it holds: in order, blameless", async (t, trial) => {
    await trial.publish(["1", "2", "3", "4"]);
    const leaving = await trial.consume();
    const held = await trial.takeAll(leaving, 3);
    await trial.ack(leaving, [held[1]!]);
    await leaving.close();
    const staying = await trial.consume();
    const deliveries = await trial.takeAll(staying, 3);
    trial.cameBack(deliveries, ["1", "3"], ["4"]);
    t.true(deliveries.every(({ crashes }) => crashes === 0));
  });

  register("closing a consumer ends its take, is idempotent, and ends its claims", async (t, trial) => {
    await trial.publish(["1"]);
    const consumer = await trial.consume({ capacity: 1 });
    const delivery = await trial.takeOne(consumer);
    const waiting = consumer.take(1);
    await Promise.all([consumer.close(), consumer.close()]);
    await consumer.close();
    t.deepEqual(await trial.within("The end of the take", waiting), []);
    t.deepEqual(await trial.within("The end of a take on a closed consumer", consumer.take(1)), []);
    t.deepEqual(await consumer.settle([{ delivery, as: "ack" }]), ["lost"]);
    t.is((await trial.broker.inspect(trial.queue)).pending, 1);
  });

  register("a closing broker closes its consumers, and closes once", async (t, trial) => {
    const other = await trial.connect();
    await trial.publish(["1", "2"]);
    const leaving = await trial.consume({ capacity: 2 }, other);
    await trial.takeAll(leaving, 2);
    const waiting = leaving.take(1);
    await Promise.all([other.close(), other.close()]);
    await other.close();
    t.deepEqual(await trial.within("The end of the take", waiting), []);
    const consumer = await trial.consume();
    t.deepEqual(textsOf(await trial.takeAll(consumer, 2)), ["1", "2"]);
  });
}
