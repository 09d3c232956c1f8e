import { rejectsWith } from "../test-function.js";
import type { BrokerSubject } from "./subject.js";
import { type RegisterBrokerTest, textsOf } from "./trial.js";

/** declare, publish: what goes in comes out, byte for byte and in order. */
export function publishing(register: RegisterBrokerTest, subject: BrokerSubject): void {
  register("declares the capabilities of its subject, frozen", async (t, { broker }) => {
    t.deepEqual({ ...broker.capabilities }, { ...subject.capabilities });
    t.true(Object.isFrozen(broker.capabilities));
  });

  register("declare is idempotent and leaves messages alone", async (t, trial) => {
    await trial.publish(["a"]);
    await trial.broker.declare([trial.queue, trial.queue]);
    await trial.broker.declare([]);
    t.is((await trial.broker.inspect(trial.queue)).pending, 1);
  });

  register("a batch keeps its order, and so do batches", async (t, trial) => {
    await trial.publish(["1", "2", "3"]);
    await trial.publish(["4"]);
    await trial.publish(["5", "6"]);
    const consumer = await trial.consume();
    const deliveries = await trial.takeAll(consumer, 6);
    t.deepEqual(textsOf(deliveries), ["1", "2", "3", "4", "5", "6"]);
    t.deepEqual(new Set(deliveries.map(({ queue, crashes }) => `${queue} ${crashes}`)), new Set([`${trial.queue} 0`]));
  });

  register("an empty batch publishes nothing", async (t, { broker, queue }) => {
    t.deepEqual(await broker.publish([]), []);
    t.is((await broker.inspect(queue)).pending, 0);
  });

  register("a batch may name several queues", async (t, trial) => {
    const other = trial.queueName("other");
    await trial.broker.declare([other]);
    const outcomes = await trial.broker.publish([
      trial.message("a1"),
      trial.message("b1", { queue: other }),
      trial.message("a2"),
      trial.message("b2", { queue: other }),
    ]);
    t.deepEqual(
      outcomes.map(({ status }) => status),
      ["ok", "ok", "ok", "ok"],
    );
    const a = await trial.consume();
    const b = await trial.consume({ queues: [other] });
    t.deepEqual(textsOf(await trial.takeAll(a, 2)), ["a1", "a2"]);
    t.deepEqual(textsOf(await trial.takeAll(b, 2)), ["b1", "b2"]);
  });

  register("bytes come back exactly: invalid UTF-8, every byte value, one byte, a megabyte", async (t, trial) => {
    const bodies = [
      Uint8Array.of(0xff, 0xfe, 0xc0, 0xaf, 0xed, 0xa0, 0x80),
      Uint8Array.from({ length: 256 }, (_, i) => i),
      Uint8Array.of(0),
      Buffer.from('{"Name":"add","Args":[{"Type":"int64","Value":9007199254740993}]}\r\n'),
      Buffer.alloc(1 << 20, "é"),
    ];
    const outcomes = await trial.broker.publish(bodies.map((body) => trial.message(body)));
    t.true(outcomes.every(({ status }) => status === "ok"));
    const consumer = await trial.consume();
    const deliveries = await trial.takeAll(consumer, bodies.length);
    for (const [i, { body }] of deliveries.entries()) t.true(Buffer.compare(body, bodies[i]!) === 0, `body ${i}`);
    await trial.ack(consumer, deliveries);
  });

  register("equal messages are separate messages", async (t, trial) => {
    const message = trial.message("same");
    await trial.broker.publish([message, message]);
    const consumer = await trial.consume();
    const [first, second] = await trial.takeAll(consumer, 2);
    await trial.ack(consumer, [first!]);
    await trial.settle(consumer, [{ delivery: second!, as: "release" }]);
    t.is((await trial.broker.inspect(trial.queue)).pending, 1);
  });

  // An empty body on AMQP makes a Go worker drop every delivery that it holds.
  register("an empty message is refused by itself, the rest of its batch is not", async (t, trial) => {
    const outcomes = await trial.broker.publish([trial.message("a"), trial.message(new Uint8Array()), trial.message("b")]);
    t.deepEqual(
      outcomes.map(({ status }) => status),
      ["ok", "error", "ok"],
    );
    t.is((await trial.broker.inspect(trial.queue)).pending, 2);
  });

  register(
    `priority is ${subject.capabilities.priority ? "honoured: higher first, in order within" : "refused"}`,
    async (t, trial) => {
      const outcomes = await trial.broker.publish([
        trial.message("low 1"),
        trial.message("high 1", { priority: 9 }),
        trial.message("low 2", { priority: 0 }),
        trial.message("middle", { priority: 5 }),
        trial.message("high 2", { priority: 9 }),
      ]);
      const consumer = await trial.consume();
      if (subject.capabilities.priority) {
        t.true(outcomes.every(({ status }) => status === "ok"));
        t.deepEqual(textsOf(await trial.takeAll(consumer, 5)), ["high 1", "high 2", "middle", "low 1", "low 2"]);
      } else {
        const codes = outcomes.map((outcome) => (outcome.status === "ok" ? "ok" : (outcome.error as { code?: string }).code));
        t.deepEqual(codes, ["ok", "ERR_UNSUPPORTED", "ok", "ERR_UNSUPPORTED", "ERR_UNSUPPORTED"]);
        t.deepEqual(textsOf(await trial.takeAll(consumer, 2)), ["low 1", "low 2"]);
      }
    },
  );

  register(`messages ${subject.capabilities.persistent ? "outlive" : "go with"} the last connection`, async (t, trial) => {
    await trial.publish(["a"]);
    await trial.broker.close();
    const broker = await trial.connect();
    await broker.declare([trial.queue]);
    t.is((await broker.inspect(trial.queue)).pending, subject.capabilities.persistent ? 1 : 0);
  });

  register("a closed broker rejects with ERR_CLOSED", async (t, { broker, queue }) => {
    await broker.close();
    await rejectsWith(t, "ERR_CLOSED", broker.publish([{ id: "task_1", queue, body: Buffer.from("a") }]));
    await rejectsWith(t, "ERR_CLOSED", broker.consume({ queues: [queue], capacity: 1 }));
    await rejectsWith(t, "ERR_CLOSED", broker.inspect(queue));
  });
}
