import { openFileBackend } from "../../src/backends/file.js";
import { openFileBroker } from "../../src/brokers/file.js";
import { type Clock, ManualClock } from "../../src/util/clock.js";

// What a process of its own does in the tests of the store; its parent says which part it plays.

const [part, folder, setting] = process.argv.slice(2) as [string, string, string | undefined];
const say = (message: unknown): void => void process.send!(message);
const told = (): Promise<unknown> => new Promise((resolve) => process.once("message", resolve));
/** Time that stands still: nothing but the bell can wake who waits. */
const frozen: Clock = new ManualClock(Date.now());

const parts: Readonly<Record<string, () => Promise<void>>> = {
  /** Takes, stores a result, acknowledges, for ever. */
  async worker() {
    const broker = openFileBroker({ folder });
    const backend = openFileBackend({ folder });
    const consumer = await broker.consume({ queues: ["q"], capacity: 20, leaseMs: 30_000 });
    for (;;) {
      const deliveries = await consumer.take(20);
      const ids = deliveries.map(({ body }) => Buffer.from(body).toString());
      await backend.write(
        ids.map((id) => {
          const json = `{"TaskUUID":"${id}","TaskName":"t","State":"SUCCESS","Results":null,"Error":"","CreatedAt":"2026"}`;
          return { id, name: "t", state: "SUCCESS", results: null, error: "", createdAt: "2026", json, ttlMs: 3_600_000 };
        }),
      );
      await consumer.settle(deliveries.map((delivery) => ({ delivery, as: "ack" })));
      say(ids.length);
    }
  },

  /** Publishes batches of five, for ever, and says the number of each once it is accepted. */
  async publisher() {
    const broker = openFileBroker({ folder });
    for (let batch = 0; ; batch++) {
      const messages = [0, 1, 2, 3, 4].map((i) => ({ id: "", queue: "q", body: Buffer.from(`${setting} ${batch} ${i}`) }));
      const outcomes = await broker.publish(messages);
      if (outcomes.every(({ status }) => status === "ok")) say(batch);
      await new Promise((resolve) => setImmediate(resolve));
    }
  },

  /** Takes one message and settles it when told, then takes what there is. */
  async holder() {
    const broker = openFileBroker({ folder });
    const onLost = (lost: readonly { body: Uint8Array }[]): void =>
      say({ lost: lost.map(({ body }) => Buffer.from(body).toString()) });
    const consumer = await broker.consume({ queues: ["q"], capacity: 1, leaseMs: Number(setting), onLost });
    const [delivery] = await consumer.take(1);
    say("holds");
    await told();
    say({ settled: await consumer.settle([{ delivery: delivery!, as: "ack" }]) });
    const [next] = await consumer.take(1);
    say({ took: Buffer.from(next!.body).toString() });
  },

  /** Waits for a message, with no clock to help. */
  async waiter() {
    const broker = openFileBroker({ folder, clock: frozen });
    const consumer = await broker.consume({ queues: ["q"], capacity: 10 });
    for (;;) {
      const taking = consumer.take(1);
      say("waits");
      const [delivery] = await taking;
      say(Buffer.from(delivery!.body).toString());
      await consumer.settle([{ delivery: delivery!, as: "ack" }]);
    }
  },

  /** Watches an id, with no clock to help. */
  async watcher() {
    const backend = openFileBackend({ folder, clock: frozen });
    const watch = backend.watch((_id, state) => say(typeof state === "string" ? JSON.parse(state).State : state.state));
    watch.add(["watched"]);
    say("watches");
  },

  /** Listens to a topic, with no clock to help. */
  async listener() {
    const broker = openFileBroker({ folder, clock: frozen });
    await broker.listen("topic", (body) => say(Buffer.from(body).toString()));
    say("listens");
  },

  /** Writes until the disk is full. */
  async filler() {
    const broker = openFileBroker({ folder });
    const messages = Array.from({ length: 100 }, () => ({ id: "", queue: "q", body: Buffer.alloc(1_000) }));
    for (let batches = 0; ; batches++) {
      const [outcome] = await broker.publish(messages);
      if (outcome?.status !== "error") continue;
      const { code, message } = outcome.error as Error & { code?: string };
      say({ accepted: batches * messages.length, code, message });
      process.disconnect();
      return;
    }
  },

  /** Opens the store as somebody without rights. */
  async stranger() {
    process.setuid?.(65_534);
    try {
      openFileBroker({ folder });
      say("opened");
    } catch (error) {
      say({ code: (error as { code?: string }).code, message: (error as Error).message });
    }
    process.disconnect();
  },
};

// Keeps the process alive while it waits, as a worker's own parts would.
if (part !== "filler" && part !== "stranger") process.on("message", () => {});
await parts[part!]!();
