import type { Delivery } from "../../../brokers/broker.js";
import { rejectsWith } from "../test-function.js";
import type { BrokerSubject } from "./subject.js";
import { type RegisterBrokerTest, textsOf } from "./trial.js";

/** notBefore and settle as delay. */
export function delays(register: RegisterBrokerTest, subject: BrokerSubject): void {
  register("a due time in the past means at once", async (t, trial) => {
    await trial.publish(["1"], subject.capabilities.delayed ? { notBefore: trial.stage.now() - 1000 } : {});
    const consumer = await trial.consume();
    t.deepEqual(textsOf(await trial.take(consumer)), ["1"]);
  });

  if (!subject.capabilities.delayed) {
    register("delays are refused", async (t, trial) => {
      await trial.publish(["1"]);
      const consumer = await trial.consume();
      const delivery = await trial.takeOne(consumer);
      const until = trial.stage.now() + subject.delayMs;
      const [outcome] = await trial.broker.publish([trial.message("2", { notBefore: until })]);
      t.is(outcome?.status === "error" && (outcome.error as { code?: string }).code, "ERR_UNSUPPORTED");
      await rejectsWith(t, "ERR_UNSUPPORTED", consumer.settle([{ delivery, as: "delay", until }]));
      await trial.ack(consumer, [delivery]);
      await trial.counts({ pending: 0, delayed: 0, claimed: 0, dead: 0 });
    });
    return;
  }

  register("a delayed message comes when it is due, not before", async (t, trial) => {
    const due = trial.stage.now() + subject.delayMs;
    await trial.publish(["later"], { notBefore: due });
    await trial.publish(["now"]);
    const consumer = await trial.consume();
    t.deepEqual(textsOf(await trial.take(consumer, 10)), ["now"]);
    let arrived: Delivery[] = [];
    const waiting = trial.take(consumer, 10).then((deliveries) => {
      t.true(trial.stage.now() >= due, "nobody gets it before it is due");
      arrived = deliveries;
    });
    const { pending, delayed } = await trial.broker.inspect(trial.queue);
    const shown = subject.capabilities.showsDelayed ? 1 : null;
    if (trial.stage.now() < due) t.deepEqual({ pending, delayed, arrived }, { pending: 0, delayed: shown, arrived: [] });
    await trial.stage.elapse(Math.max(due - trial.stage.now() - 1, 0));
    if (trial.stage.now() < due) t.deepEqual(arrived, [], "a millisecond early is too early");
    await trial.stage.elapse(Math.max(due - trial.stage.now(), 0));
    await waiting;
    t.deepEqual(textsOf(arrived), ["later"]);
  });

  register("delayed messages come in the order of their due times, not of their publishing", async (t, trial) => {
    const step = Math.max(subject.capabilities.delayResolutionMs * 2, subject.delayMs);
    const start = trial.stage.now();
    const batch = [3, 1, 2].map((n) => trial.message(`${n}`, { notBefore: start + n * step }));
    await trial.broker.publish(batch);
    const consumer = await trial.consume();
    const waiting = trial.takeAll(consumer, 3);
    for (let n = 0; n < 3; n++) await trial.stage.elapse(step);
    t.deepEqual(textsOf(await waiting), ["1", "2", "3"]);
  });

  register("messages due at the same time keep their order", async (t, trial) => {
    await trial.publish(["1", "2", "3", "4", "5"], { notBefore: trial.stage.now() + subject.delayMs });
    const consumer = await trial.consume();
    const waiting = trial.takeAll(consumer, 5);
    await trial.stage.elapse(subject.delayMs);
    t.deepEqual(textsOf(await waiting), ["1", "2", "3", "4", "5"]);
  });

  register("a delivery put off comes back as it was when it is due", async (t, trial) => {
    await trial.publish(["1"]);
    const consumer = await trial.consume();
    const delivery = await trial.takeOne(consumer);
    const until = trial.stage.now() + subject.delayMs;
    await trial.settle(consumer, [{ delivery, as: "delay", until }]);
    const { claimed, pending, delayed } = await trial.broker.inspect(trial.queue);
    t.is(claimed, subject.capabilities.countsClaimed ? 0 : null);
    if (delayed !== null) t.is(pending + delayed, 1);
    const waiting = trial.take(consumer);
    await trial.stage.elapse(subject.delayMs);
    const [again] = await waiting;
    t.true(trial.stage.now() >= until);
    t.deepEqual(textsOf([again!]), ["1"]);
    t.is(again!.crashes, 0);
  });

  register("what was put off and has left is no crash of a holder that dies meanwhile", async (t, trial) => {
    await trial.publish(["1"]);
    const dying = await trial.consume();
    const delivery = await trial.takeOne(dying);
    const until = trial.stage.now() + subject.delayMs;
    await trial.settle(dying, [{ delivery, as: "delay", until, leaves: true }]);
    await trial.outlive(dying);
    const waiting = trial.take(await trial.consume({}, await trial.connect()));
    await trial.stage.elapse(subject.delayMs);
    const [again] = await waiting;
    t.true(trial.stage.now() >= until);
    t.is(again!.crashes, 0);
  });

  register("a delivery put off may be replaced by another message", async (t, trial) => {
    await trial.publish(["attempt 1"]);
    const consumer = await trial.consume();
    const delivery = await trial.takeOne(consumer);
    const body = Uint8Array.of(0xff, 0x00, 0xfe);
    await trial.settle(consumer, [{ delivery, as: "delay", until: trial.stage.now() + subject.delayMs, body }]);
    const waiting = trial.take(consumer, 10);
    await trial.stage.elapse(subject.delayMs);
    const deliveries = await waiting;
    t.is(deliveries.length, 1);
    t.deepEqual([...deliveries[0]!.body], [...body]);
    await trial.ack(consumer, deliveries);
    await trial.counts({ pending: 0, delayed: 0, claimed: 0, dead: 0 });
  });

  register("a delivery put off until the past comes back at once", async (t, trial) => {
    await trial.publish(["1"]);
    const consumer = await trial.consume();
    const delivery = await trial.takeOne(consumer);
    await trial.settle(consumer, [{ delivery, as: "delay", until: trial.stage.now() - 1, body: Buffer.from("2") }]);
    t.deepEqual(textsOf(await trial.take(consumer)), ["2"]);
  });

  register("a delivery is not replaced by an empty message", async (t, trial) => {
    await trial.publish(["1"]);
    const consumer = await trial.consume();
    const delivery = await trial.takeOne(consumer);
    const until = trial.stage.now() + subject.delayMs;
    await rejectsWith(t, "ERR_BROKER", consumer.settle([{ delivery, as: "delay", until, body: new Uint8Array() }]));
    await trial.ack(consumer, [delivery]);
  });

  register("a late delay is lost and stores nothing", async (t, trial) => {
    await trial.publish(["1"]);
    const dying = await trial.consume();
    const delivery = await trial.takeOne(dying);
    await trial.outlive(dying);
    const survivor = await trial.consume({}, await trial.connect());
    const again = await trial.takeOne(survivor);
    const until = trial.stage.now() + subject.delayMs;
    t.deepEqual(await dying.settle([{ delivery, as: "delay", until, body: Buffer.from("2") }]), ["lost"]);
    await trial.counts({ pending: 0, delayed: 0, claimed: 1, dead: 0 });
    await trial.ack(survivor, [again]);
  });

  if (!subject.capabilities.showsDelayed) {
    register("delayed messages are not shown, and the broker says so", async (t, trial) => {
      await trial.publish(["later"], { notBefore: trial.stage.now() + 3_600_000 });
      await trial.counts({ pending: 0, delayed: 1, claimed: 0, dead: 0 });
      await rejectsWith(t, "ERR_UNSUPPORTED", trial.broker.peek(trial.queue, "delayed", 10));
      await rejectsWith(t, "ERR_UNSUPPORTED", trial.broker.purge(trial.queue, "delayed"));
    });
    return;
  }

  register("delayed messages can be seen and purged", async (t, trial) => {
    const far = trial.stage.now() + 3_600_000;
    await trial.publish(["second"], { notBefore: far + 60_000 });
    await trial.publish(["first"], { notBefore: far });
    await trial.publish(["due"]);
    const seen = await trial.broker.peek(trial.queue, "delayed", 10);
    t.deepEqual(textsOf(seen), ["first", "second"]);
    const error = Math.abs(seen[0]!.notBefore! - far);
    t.true(error <= subject.capabilities.delayResolutionMs, "the due time is told");
    t.deepEqual(textsOf(await trial.broker.peek(trial.queue, "delayed", 1)), ["first"]);
    t.is(await trial.broker.purge(trial.queue, "delayed"), 2);
    await trial.counts({ pending: 1, delayed: 0, claimed: 0, dead: 0 });
  });
}
