import type { Delivery } from "../../../brokers/broker.js";
import { type RegisterBrokerTest, textOf, textsOf } from "./trial.js";

/** What happens to claims whose holder falls silent. */
export function leases(register: RegisterBrokerTest): void {
  register("a live consumer keeps its claims beyond the lease", async (t, trial) => {
    await trial.publish(["1"]);
    let lost = 0;
    const consumer = await trial.consume({ onLost: () => lost++ });
    const delivery = await trial.takeOne(consumer);
    await trial.stage.elapse(trial.subject.leaseMs * 3);
    await trial.counts({ pending: 0, delayed: 0, claimed: 1, dead: 0 });
    await trial.ack(consumer, [delivery]);
    t.is(lost, 0);
  });

  register("a dead consumer's message is handed out again, and the death is counted", async (t, trial) => {
    await trial.publish(["1"]);
    for (let deaths = 0; deaths < 3; deaths++) {
      const consumer = await trial.consume();
      const delivery = await trial.takeOne(consumer);
      t.is(delivery.crashes, deaths);
      await trial.outlive(consumer);
    }
    const survivor = await trial.consume();
    const delivery = await trial.takeOne(survivor);
    t.deepEqual(textsOf([delivery]), ["1"]);
    t.is(delivery.crashes, 3);
    await trial.ack(survivor, [delivery]);
  });

  register("a dead consumer's messages come back in order, at the head where the broker keeps places", async (t, trial) => {
    await trial.publish(["1", "2", "3", "4"]);
    const dying = await trial.consume({ capacity: 3 });
    await trial.takeAll(dying, 3);
    const survivor = await trial.consume();
    await trial.outlive(dying);
    await trial.publish(["5"]);
    await trial.claimsEnd();
    const deliveries = await trial.takeAll(survivor, 5);
    trial.cameBack(deliveries, ["1", "2", "3"], ["4", "5"]);
    const crashes = new Map(deliveries.map((delivery) => [textOf(delivery), delivery.crashes]));
    t.deepEqual(
      ["1", "2", "3", "4", "5"].map((text) => crashes.get(text)),
      [1, 1, 1, 0, 0],
    );
  });

  register("a consumer that waits gets a dead one's message", async (t, trial) => {
    await trial.publish(["1"]);
    const dying = await trial.consume();
    await trial.takeOne(dying);
    const survivor = await trial.consume({}, await trial.connect());
    const waiting = trial.take(survivor);
    await trial.outlive(dying);
    t.deepEqual(textsOf(await waiting), ["1"]);
  });

  register("a late settle is lost, changes nothing, and the loss is told once", async (t, trial) => {
    await trial.publish(["1", "2", "3", "4"]);
    const losses: (readonly Delivery[])[] = [];
    const dying = await trial.consume({ onLost: (deliveries) => losses.push(deliveries) });
    const held = await trial.takeAll(dying, 4);
    await trial.outlive(dying);
    const survivor = await trial.consume({}, await trial.connect());
    const again = await trial.takeAll(survivor, 4);
    const [a, b, c, d] = held;
    t.deepEqual(
      await dying.settle([
        { delivery: a!, as: "ack" },
        { delivery: b!, as: "release" },
        { delivery: c!, as: "dead", reason: "late" },
      ]),
      ["lost", "lost", "lost"],
    );
    t.deepEqual(await dying.settle([{ delivery: d!, as: "ack" }]), ["lost"]);
    await trial.counts({ pending: 0, delayed: 0, claimed: 4, dead: 0 });
    t.is(losses.length, 1, "onLost is called once");
    t.deepEqual(textsOf(losses[0]!), ["1", "2", "3", "4"]);
    t.true(
      losses[0]!.every((delivery) => held.includes(delivery)),
      "onLost names the deliveries themselves",
    );
    await trial.ack(survivor, again);
  });

  register("a consumer that lost its claims can go on", async (t, trial) => {
    await trial.publish(["1"]);
    const consumer = await trial.consume();
    const old = await trial.takeOne(consumer);
    await trial.outlive(consumer);
    const again = await trial.takeOne(consumer);
    t.is(again.crashes, 1);
    t.deepEqual(await consumer.settle([{ delivery: old, as: "ack" }]), ["lost"]);
    await trial.stage.elapse(trial.subject.leaseMs * 2);
    await trial.ack(consumer, [again]);
  });

  register("crashes are remembered through a release, and a release adds none", async (t, trial) => {
    await trial.publish(["1"]);
    const dying = await trial.consume();
    await trial.takeOne(dying);
    await trial.outlive(dying);
    const survivor = await trial.consume();
    const delivery = await trial.takeOne(survivor);
    await trial.settle(survivor, [{ delivery, as: "release" }]);
    t.is((await trial.takeOne(survivor)).crashes, 1);
  });

  register("a consumer that dies while it waits takes no message with it", async (t, trial) => {
    const dying = await trial.consume();
    dying.take(1).catch(() => {});
    await trial.broker.inspect(trial.queue);
    await trial.stage.die(dying);
    await trial.publish(["1"]);
    const survivor = await trial.consume({}, await trial.connect());
    const waiting = trial.take(survivor);
    await trial.stage.elapse(trial.subject.leaseMs);
    t.deepEqual(textsOf(await waiting), ["1"]);
  });
}
