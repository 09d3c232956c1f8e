import type {
  Broker,
  BrokerCapabilities,
  ConsumeOptions,
  Consumer,
  Delivery,
  Message,
  Notice,
  NoticeListener,
  Settlement,
  SettleOutcome,
} from "../../src/brokers/broker.js";
import { memoryBrokerCapabilities } from "../../src/brokers/memory.js";
import { limitedBrokerCapabilities } from "./limited-broker.js";
import { overriding } from "./overriding.js";

/** A way for an adapter to be wrong, and a test of the suite that must notice. */
export interface BrokerFault {
  readonly name: string;
  readonly caughtBy: string;
  readonly plant: (broker: Broker) => Broker;
}

const publishing = (publish: (broker: Broker, messages: readonly Message[]) => ReturnType<Broker["publish"]>) => (broker: Broker) =>
  overriding(broker, { publish: (messages) => publish(broker, messages) });

const consuming =
  (overrides: (consumer: Consumer, broker: Broker, options: ConsumeOptions) => Partial<Consumer>) =>
  (broker: Broker): Broker =>
    overriding(broker, {
      async consume(options) {
        const consumer = await broker.consume(options);
        return overriding(consumer, overrides(consumer, broker, options));
      },
    });

const settling = (settle: (consumer: Consumer, settlements: readonly Settlement[], broker: Broker) => Promise<SettleOutcome[]>) =>
  consuming((consumer, broker) => ({ settle: (settlements) => settle(consumer, settlements, broker) }));

/** Changes what is put off or published, message by message. */
const eachMessage = (change: (message: Message) => Message) =>
  publishing((broker, messages) => broker.publish(messages.map(change)));

const eachSettlement = (change: (settlement: Settlement) => Settlement) =>
  settling((consumer, settlements) => consumer.settle(settlements.map(change)));

/** Changes what a take brings; the settlements of what it brought still work. */
const eachDelivery = (change: (delivery: Delivery) => Partial<Delivery>) =>
  consuming((consumer) => {
    const originals = new WeakMap<Delivery, Delivery>();
    return {
      async take(max, signal) {
        return (await consumer.take(max, signal)).map((delivery) => {
          const changed = { ...delivery, ...change(delivery) };
          originals.set(changed, delivery);
          return changed;
        });
      },
      settle: (settlements) =>
        consumer.settle(settlements.map((s) => ({ ...s, delivery: originals.get(s.delivery) ?? s.delivery }))),
    };
  });

const notifying = (change: (notices: readonly Notice[]) => readonly Notice[]) => (broker: Broker) =>
  overriding(broker, { notify: (notices) => broker.notify(change(notices)) });

const listening =
  (listen: (broker: Broker, topic: string, listener: NoticeListener) => ReturnType<Broker["listen"]>) => (broker: Broker) =>
    overriding(broker, { listen: (topic, listener) => listen(broker, topic, listener) });

const decoded = (body: Uint8Array): Uint8Array => Buffer.from(Buffer.from(body).toString());

export const brokerFaults: readonly BrokerFault[] = [
  {
    name: "capabilities that can be changed",
    caughtBy: "declares the capabilities of its subject, frozen",
    plant: (broker) => overriding(broker, { capabilities: { ...broker.capabilities } }),
  },
  {
    name: "declare starts queues afresh",
    caughtBy: "declare is idempotent and leaves messages alone",
    plant: (broker) =>
      overriding(broker, {
        async declare(queues) {
          for (const queue of queues) await broker.purge(queue, "pending");
        },
      }),
  },
  {
    name: "a batch is published backwards",
    caughtBy: "a batch keeps its order, and so do batches",
    plant: publishing((broker, messages) => broker.publish([...messages].reverse())),
  },
  {
    name: "an empty batch is answered with an outcome",
    caughtBy: "an empty batch publishes nothing",
    plant: publishing(async (broker, messages) => (messages.length ? broker.publish(messages) : [{ status: "ok" }])),
  },
  {
    name: "a batch goes to the queue of its first message",
    caughtBy: "a batch may name several queues",
    plant: publishing((broker, messages) => broker.publish(messages.map((m) => ({ ...m, queue: messages[0]!.queue })))),
  },
  {
    name: "bodies pass through text",
    caughtBy: "bytes come back exactly: invalid UTF-8, every byte value, one byte, a megabyte",
    plant: eachMessage((message) => ({ ...message, body: decoded(message.body) })),
  },
  {
    name: "equal messages are told from each other by nothing",
    caughtBy: "equal messages are separate messages",
    plant: publishing(async (broker, messages) => {
      const distinct = messages.filter((m, i) => messages.findIndex((other) => other.id === m.id) === i);
      await broker.publish(distinct);
      return messages.map(() => ({ status: "ok" }));
    }),
  },
  {
    name: "an empty message spoils its batch",
    caughtBy: "an empty message is refused by itself, the rest of its batch is not",
    plant: publishing(async (broker, messages) =>
      messages.some(({ body }) => body.byteLength === 0)
        ? messages.map(() => ({ status: "error", error: new Error("empty") }))
        : broker.publish(messages),
    ),
  },
  {
    name: "priority is forgotten",
    caughtBy: "priority is honoured: higher first, in order within",
    plant: eachMessage(({ priority: _, ...message }) => message),
  },
  {
    name: "messages outlive what should take them along",
    caughtBy: "messages go with the last connection",
    plant: (broker) => overriding(broker, { close: async () => {} }),
  },
  {
    name: "a closed broker goes on silently",
    caughtBy: "a closed broker rejects with ERR_CLOSED",
    plant: publishing((broker, messages) => broker.publish(messages).catch(() => messages.map(() => ({ status: "ok" })))),
  },
  {
    name: "take brings one more than asked for",
    caughtBy: "take brings no more than it was asked for",
    plant: consuming((consumer) => ({ take: (max, signal) => consumer.take(max + 1, signal) })),
  },
  {
    name: "take does not wait",
    caughtBy: "take waits for the next message",
    plant: consuming((consumer) => ({
      take(max, signal) {
        const patience = new AbortController();
        queueMicrotask(() => patience.abort());
        return consumer.take(max, AbortSignal.any([patience.signal, ...(signal ? [signal] : [])]));
      },
    })),
  },
  {
    name: "a consumer hears only of what was there before",
    caughtBy: "a waiting take hears of a message that another connection publishes",
    plant: consuming((consumer, broker, { queues }) => ({
      async take(max, signal) {
        const { pending } = await broker.inspect(queues[0]!);
        return pending > 0 ? consumer.take(max, signal) : new Promise(() => {});
      },
    })),
  },
  {
    name: "take is deaf to its signal",
    caughtBy: "a take whose signal is aborted resolves with nothing",
    plant: consuming((consumer) => ({ take: (max) => consumer.take(max) })),
  },
  {
    name: "an aborted take goes on in secret, and drops what it gets",
    caughtBy: "an aborted take claims nothing more",
    plant: consuming((consumer) => {
      let last: Promise<Delivery[]> = Promise.resolve([]);
      return {
        async take(max, signal) {
          if (signal?.aborted) return [];
          await Promise.race([last, Promise.resolve()]);
          const aborted = new Promise<Delivery[]>((resolve) => signal?.addEventListener("abort", () => resolve([])));
          last = consumer.take(max);
          last.catch(() => {});
          return Promise.race([last, aborted]);
        },
      };
    }),
  },
  {
    name: "an abort drops what was claimed in the same moment",
    caughtBy: "an abort that races a message loses nothing and claims nothing in secret",
    plant: consuming((consumer) => ({
      async take(max, signal) {
        const deliveries = await consumer.take(max, signal);
        return signal?.aborted ? [] : deliveries;
      },
    })),
  },
  {
    name: "two consumers get the same message",
    caughtBy: "two consumers never hold the same message",
    plant: consuming((consumer, broker, { queues }) => ({
      async take(max, signal) {
        const seen = await broker.peek(queues[0]!, "pending", max);
        if (seen.length > 1) return seen.map(({ queue, body }) => ({ queue, body, crashes: 0 }));
        return consumer.take(max, signal);
      },
    })),
  },
  {
    name: "one message wakes every consumer that waits",
    caughtBy: "of two waiting consumers one gets the message, the other waits on",
    plant: publishing((broker, messages) => broker.publish(messages.flatMap((message) => [message, message]))),
  },
  {
    name: "capacity is not heeded",
    caughtBy: "a consumer never holds more than its capacity",
    plant: (broker) => overriding(broker, { consume: (options) => broker.consume({ ...options, capacity: 1000 }) }),
  },
  {
    name: "the first queue goes first",
    caughtBy: "a consumer of several queues serves them in turn",
    plant: (broker) =>
      overriding(broker, {
        async consume(options) {
          const consumers = await Promise.all(options.queues.map((queue) => broker.consume({ ...options, queues: [queue] })));
          if (consumers.length === 1) return consumers[0]!;
          const [first, second] = consumers as [Consumer, Consumer];
          return overriding(first, {
            async take(max, signal) {
              const { pending } = await broker.inspect(options.queues[0]!);
              return (pending > 0 ? first : second).take(max, signal);
            },
          });
        },
      }),
  },
  {
    name: "every queue is everybody's",
    caughtBy: "a consumer gets nothing from queues that it did not name",
    plant: (broker) =>
      overriding(broker, {
        consume: (options) =>
          broker.consume({ ...options, queues: [...options.queues, ...options.queues.map((q) => q.replace(/tasks$/, "other"))] }),
      }),
  },
  {
    name: "acknowledged before it is handed out",
    caughtBy: "a dead consumer's message is handed out again, and the death is counted",
    plant: consuming((consumer) => ({
      async take(max, signal) {
        const deliveries = await consumer.take(max, signal);
        await consumer.settle(deliveries.map((delivery) => ({ delivery, as: "ack" })));
        return deliveries;
      },
      settle: async (settlements) => settlements.map(() => "ok"),
    })),
  },
  {
    name: "an ack puts the message back",
    caughtBy: "an acknowledged message is gone",
    plant: eachSettlement((s) => (s.as === "ack" ? { delivery: s.delivery, as: "release" } : s)),
  },
  {
    name: "an ack settles all that came before",
    caughtBy: "claims can be settled in any order",
    plant: consuming((consumer) => {
      const held: Delivery[] = [];
      return {
        async take(max, signal) {
          const deliveries = await consumer.take(max, signal);
          held.push(...deliveries);
          return deliveries;
        },
        async settle(settlements) {
          const outcomes = await consumer.settle(settlements);
          const last = Math.max(...settlements.filter((s) => s.as === "ack").map((s) => held.indexOf(s.delivery)));
          await consumer.settle(held.splice(0, last + 1).map((delivery) => ({ delivery, as: "ack" })));
          return outcomes;
        },
      };
    }),
  },
  {
    name: "a release goes to the tail",
    caughtBy: "a released message goes back, to the head where the broker keeps places, blameless",
    plant: eachSettlement((s) => (s.as === "release" ? { delivery: s.delivery, as: "delay", until: 0 } : s)),
  },
  {
    name: "releases of one call turn around",
    caughtBy: "what is released together keeps its order",
    plant: settling(async (consumer, settlements) => {
      const outcomes: SettleOutcome[] = [];
      for (const settlement of settlements) outcomes.push(...(await consumer.settle([settlement])));
      return outcomes;
    }),
  },
  {
    name: "a release wakes nobody",
    caughtBy: "a released message wakes a consumer that waits",
    plant: settling(async (consumer, settlements) => {
      const kept = settlements.filter(({ as }) => as !== "release");
      await consumer.settle(kept);
      return settlements.map(() => "ok");
    }),
  },
  {
    name: "every settle says ok",
    caughtBy: "a claim ends once: what comes later is lost and changes nothing",
    plant: settling(async (consumer, settlements) => (await consumer.settle(settlements)).map(() => "ok")),
  },
  {
    name: "a message has the same delivery for ever",
    caughtBy: "an old delivery cannot settle a newer claim on its message",
    plant: consuming((consumer) => {
      const current = new Map<string, Delivery>();
      return {
        async take(max, signal) {
          const deliveries = await consumer.take(max, signal);
          for (const delivery of deliveries) current.set(Buffer.from(delivery.body).toString("hex"), delivery);
          return deliveries;
        },
        settle: (settlements) =>
          consumer.settle(
            settlements.map((s) => ({ ...s, delivery: current.get(Buffer.from(s.delivery.body).toString("hex")) ?? s.delivery })),
          ),
      };
    }),
  },
  {
    name: "anybody settles anybody's claim",
    caughtBy: "a consumer cannot settle another one's claim",
    plant: (broker) => {
      const holders = new WeakMap<Delivery, Consumer>();
      return consuming((consumer) => ({
        async take(max, signal) {
          const deliveries = await consumer.take(max, signal);
          for (const delivery of deliveries) holders.set(delivery, consumer);
          return deliveries;
        },
        settle: async (settlements) => {
          const outcomes: SettleOutcome[] = [];
          for (const s of settlements) outcomes.push(...(await (holders.get(s.delivery) ?? consumer).settle([s])));
          return outcomes;
        },
      }))(broker);
    },
  },
  {
    name: "settling nothing has an outcome",
    caughtBy: "an empty batch settles nothing",
    plant: settling(async (consumer, settlements) => (settlements.length ? consumer.settle(settlements) : ["ok"])),
  },
  {
    name: "a batch is settled as its first is",
    caughtBy: "a batch may settle its claims in different ways",
    plant: settling((consumer, settlements) =>
      consumer.settle(settlements.map((s) => ({ ...settlements[0]!, delivery: s.delivery }))),
    ),
  },
  {
    name: "a closing consumer takes its messages along",
    caughtBy: "a closing consumer gives back what it holds: in order, blameless",
    plant: consuming((consumer) => {
      const held: Delivery[] = [];
      return {
        async take(max, signal) {
          const deliveries = await consumer.take(max, signal);
          held.push(...deliveries);
          return deliveries;
        },
        async close() {
          await consumer.settle(held.map((delivery) => ({ delivery, as: "ack" })));
          await consumer.close();
        },
      };
    }),
  },
  {
    name: "a closed consumer still waits",
    caughtBy: "closing a consumer ends its take, is idempotent, and ends its claims",
    plant: consuming((consumer) => ({
      async take(max, signal) {
        const deliveries = await consumer.take(max, signal);
        return deliveries.length > 0 || signal?.aborted ? deliveries : new Promise(() => {});
      },
    })),
  },
  {
    name: "a closing broker forgets its consumers",
    caughtBy: "a closing broker closes its consumers, and closes once",
    plant: (broker) => overriding(broker, { close: async () => {} }),
  },
  {
    name: "a claim lasts one lease, whatever the consumer does",
    caughtBy: "a live consumer keeps its claims beyond the lease",
    plant: consuming((consumer) => ({
      async take(max, signal) {
        const deliveries = await consumer.take(max, signal);
        (consumer as Consumer & { abandon(): void }).abandon();
        return deliveries;
      },
    })),
  },
  {
    name: "deaths are not counted",
    caughtBy: "a dead consumer's message is handed out again, and the death is counted",
    plant: eachDelivery(() => ({ crashes: 0 })),
  },
  {
    name: "every claim counts as a death",
    caughtBy: "a released message goes back, to the head where the broker keeps places, blameless",
    plant: (broker) => {
      const claims = new Map<string, number>();
      return eachDelivery(({ body }) => {
        const key = Buffer.from(body).toString("hex");
        claims.set(key, (claims.get(key) ?? -1) + 1);
        return { crashes: claims.get(key)! };
      })(broker);
    },
  },
  {
    name: "deaths are forgotten with a release",
    caughtBy: "crashes are remembered through a release, and a release adds none",
    plant: consuming((consumer) => {
      const released = new Set<string>();
      return {
        async take(max, signal) {
          const deliveries = await consumer.take(max, signal);
          for (const delivery of deliveries) {
            if (released.has(Buffer.from(delivery.body).toString())) Object.assign(delivery, { crashes: 0 });
          }
          return deliveries;
        },
        settle(settlements) {
          for (const s of settlements) if (s.as === "release") released.add(Buffer.from(s.delivery.body).toString());
          return consumer.settle(settlements);
        },
      };
    }),
  },
  {
    name: "what the dead held goes to the tail",
    caughtBy: "a dead consumer's messages come back in order, at the head where the broker keeps places",
    plant: consuming((consumer) => ({
      async take(max, signal) {
        const deliveries = await consumer.take(max, signal);
        return [...deliveries.filter(({ crashes }) => crashes === 0), ...deliveries.filter(({ crashes }) => crashes > 0)];
      },
    })),
  },
  {
    name: "the living do not hear of a death while they wait",
    caughtBy: "a consumer that waits gets a dead one's message",
    plant: consuming((consumer) => ({
      async take(max, signal) {
        const deliveries = await consumer.take(max, signal);
        return deliveries.some(({ crashes }) => crashes > 0) ? new Promise(() => {}) : deliveries;
      },
    })),
  },
  {
    name: "losses are not told",
    caughtBy: "a late settle is lost, changes nothing, and the loss is told once",
    plant: (broker) => overriding(broker, { consume: ({ onLost: _, ...options }) => broker.consume(options) }),
  },
  {
    name: "losses are told one by one",
    caughtBy: "a late settle is lost, changes nothing, and the loss is told once",
    plant: (broker) =>
      overriding(broker, {
        consume: (options) => {
          const onLost = (lost: readonly Delivery[]) => {
            for (const delivery of lost) options.onLost?.([delivery]);
          };
          return broker.consume({ ...options, onLost });
        },
      }),
  },
  {
    name: "who lost a claim is out for good",
    caughtBy: "a consumer that lost its claims can go on",
    plant: (broker) =>
      overriding(broker, {
        async consume(options) {
          let out = false;
          const onLost = (lost: readonly Delivery[]) => {
            out = true;
            options.onLost?.(lost);
          };
          const consumer = await broker.consume({ ...options, onLost });
          return overriding(consumer, { take: async (max, signal) => (out ? [] : consumer.take(max, signal)) });
        },
      }),
  },
  {
    name: "a dead consumer goes on taking",
    caughtBy: "a consumer that dies while it waits takes no message with it",
    plant: consuming(
      (consumer) => ({ abandon: () => {}, settle: (s: readonly Settlement[]) => consumer.settle(s) }) as Partial<Consumer>,
    ),
  },
  {
    name: "delays are forgotten",
    caughtBy: "a delayed message comes when it is due, not before",
    plant: eachMessage(({ notBefore: _, ...message }) => message),
  },
  {
    name: "what is due already waits an hour",
    caughtBy: "a due time in the past means at once",
    plant: eachMessage((m) =>
      m.notBefore !== undefined && m.notBefore < Date.UTC(2026, 0, 1) ? { ...m, notBefore: m.notBefore + 3_600_000 } : m,
    ),
  },
  {
    name: "delays are rounded up to three minutes",
    caughtBy: "delayed messages come in the order of their due times, not of their publishing",
    plant: eachMessage((m) => (m.notBefore === undefined ? m : { ...m, notBefore: Math.ceil(m.notBefore / 180_000) * 180_000 })),
  },
  {
    name: "what is due at the same time comes newest first",
    caughtBy: "messages due at the same time keep their order",
    plant: publishing((broker, messages) =>
      broker.publish(messages[0]?.notBefore === undefined ? messages : [...messages].reverse()),
    ),
  },
  {
    name: "what is put off is gone",
    caughtBy: "a delivery put off comes back as it was when it is due",
    plant: eachSettlement((s) => (s.as === "delay" ? { delivery: s.delivery, as: "ack" } : s)),
  },
  {
    name: "what is put off keeps its old body",
    caughtBy: "a delivery put off may be replaced by another message",
    plant: eachSettlement((s) => (s.as === "delay" ? { delivery: s.delivery, as: "delay", until: s.until } : s)),
  },
  {
    name: "the copy of what is put off is stored, the original kept",
    caughtBy: "a delivery put off may be replaced by another message",
    plant: settling(async (consumer, settlements, broker) => {
      for (const s of settlements) {
        if (s.as === "delay" && s.body?.byteLength) {
          await broker.publish([{ id: "task_1", queue: s.delivery.queue, body: s.body, notBefore: s.until }]);
        }
      }
      return consumer.settle(settlements);
    }),
  },
  {
    name: "put off until the past, put off for ever",
    caughtBy: "a delivery put off until the past comes back at once",
    plant: eachSettlement((s) => (s.as === "delay" && s.until < Date.UTC(2026, 0, 1) ? { ...s, until: s.until + 1e9 } : s)),
  },
  {
    name: "an empty replacement is the original",
    caughtBy: "a delivery is not replaced by an empty message",
    plant: eachSettlement((s) => (s.as === "delay" && s.body?.byteLength === 0 ? { ...s, body: s.delivery.body } : s)),
  },
  {
    name: "what was put off is laid to it",
    caughtBy: "what was put off and has left is no crash of a holder that dies meanwhile",
    plant: eachDelivery(() => ({ crashes: 1 })),
  },
  {
    name: "a late delay is stored all the same",
    caughtBy: "a late delay is lost and stores nothing",
    plant: settling(async (consumer, settlements, broker) => {
      const outcomes = await consumer.settle(settlements);
      for (const [i, s] of settlements.entries()) {
        if (s.as !== "delay" || outcomes[i] === "ok") continue;
        await broker.publish([{ id: "task_1", queue: s.delivery.queue, body: s.body ?? s.delivery.body, notBefore: s.until }]);
      }
      return outcomes;
    }),
  },
  {
    name: "purge leaves what is delayed",
    caughtBy: "delayed messages can be seen and purged",
    plant: (broker) =>
      overriding(broker, { purge: async (queue, where) => (where === "delayed" ? 0 : broker.purge(queue, where)) }),
  },
  {
    name: "peek consumes",
    caughtBy: "peek shows what is next and consumes nothing",
    plant: (broker) =>
      overriding(broker, {
        async peek(queue, where, limit) {
          const seen = await broker.peek(queue, where, limit);
          await broker.purge(queue, where);
          return seen;
        },
      }),
  },
  {
    name: "peek shows the memory itself",
    caughtBy: "peek gives copies",
    plant: (broker) => {
      const bodies = new Map<string, Uint8Array>();
      return overriding(broker, {
        publish(messages) {
          for (const { body } of messages) bodies.set(Buffer.from(body).toString("hex"), body);
          return broker.publish(messages);
        },
        async peek(queue, where, limit) {
          const seen = await broker.peek(queue, where, limit);
          return seen.map((m) => ({ ...m, body: bodies.get(Buffer.from(m.body).toString("hex")) ?? m.body }));
        },
      });
    },
  },
  {
    name: "dead letters do not say why",
    caughtBy: "a dead letter is kept apart, with its reason and time",
    plant: eachSettlement((s) => (s.as === "dead" ? { ...s, reason: "" } : s)),
  },
  {
    name: "redrive moves all",
    caughtBy: "redrive puts the oldest dead letters back at the tail",
    plant: (broker) => overriding(broker, { redrive: (queue) => broker.redrive(queue, 1000) }),
  },
  {
    name: "redrive forgives nothing",
    caughtBy: "a redriven message wakes a consumer that waits, and its crashes are forgiven",
    plant: (broker) => {
      const most = new Map<string, number>();
      return eachDelivery(({ body, crashes }) => {
        const key = Buffer.from(body).toString("hex");
        most.set(key, Math.max(crashes, most.get(key) ?? 0));
        return { crashes: most.get(key)! };
      })(broker);
    },
  },
  {
    name: "purge takes the dead along",
    caughtBy: "purge empties one place of one queue",
    plant: (broker) =>
      overriding(broker, {
        purge: async (queue, where) => (await broker.purge(queue, where)) + (await broker.purge(queue, "dead")),
      }),
  },
  {
    name: "an unused queue is unknown",
    caughtBy: "an unused queue is empty everywhere",
    plant: (broker) => {
      const used = new Set<string>();
      return overriding(broker, {
        publish(messages) {
          for (const { queue } of messages) used.add(queue);
          return broker.publish(messages);
        },
        async redrive(queue, limit) {
          if (!used.has(queue)) throw new Error("unknown queue");
          return broker.redrive(queue, limit);
        },
      });
    },
  },
  {
    name: "one message in five thousand is lost",
    caughtBy: "ten thousand messages come in order",
    plant: (broker) => {
      let count = 0;
      return publishing(async (broker, messages) => {
        await broker.publish(messages.filter(() => ++count % 5000 !== 0));
        return messages.map(() => ({ status: "ok" }));
      })(broker);
    },
  },
  {
    name: "one message in five hundred comes twice",
    caughtBy: "publishers and takers that overlap lose nothing and duplicate nothing",
    plant: (broker) => {
      let count = 0;
      return publishing(async (broker, messages) => {
        await broker.publish(messages.flatMap((message) => (++count % 500 === 0 ? [message, message] : [message])));
        return messages.map(() => ({ status: "ok" }));
      })(broker);
    },
  },
  {
    name: "topics are confused with those that begin with them",
    caughtBy: "a notice reaches every listener of its topic, of every connection, and no other",
    plant: notifying((notices) => notices.flatMap((notice) => [notice, { ...notice, topic: notice.topic.replace(/\.2$/, "") }])),
  },
  {
    name: "notices come backwards",
    caughtBy: "notices come in the order in which they were told, and never inside of notify",
    plant: notifying((notices) => [...notices].reverse()),
  },
  {
    name: "notices pass through text",
    caughtBy: "a notice's bytes come exactly: none, every value, as many as there may be",
    plant: notifying((notices) => notices.map((notice) => ({ ...notice, body: decoded(notice.body) }))),
  },
  {
    name: "topics are cut short",
    caughtBy: "a topic may be 240 characters long",
    plant: (broker) =>
      overriding(broker, {
        notify: (notices) => broker.notify(notices.map((notice) => ({ ...notice, topic: notice.topic.slice(0, 239) }))),
        listen: (topic, listener) => broker.listen(topic.slice(0, 239), listener),
      }),
  },
  {
    name: "who listens late is told the last notice",
    caughtBy: "a listener hears nothing that was told before it listened",
    plant: (() => {
      const last = new Map<string, Uint8Array>();
      return (broker: Broker) =>
        overriding(broker, {
          notify(notices) {
            for (const { topic, body } of notices) last.set(topic, body);
            return broker.notify(notices);
          },
          listen(topic, listener) {
            const body = last.get(topic);
            if (body) listener(body);
            return broker.listen(topic, listener);
          },
        });
    })(),
  },
  {
    name: "a closed listener goes on listening",
    caughtBy: "a closed listener hears no more, the others do",
    plant: listening(async (broker, topic, listener) => {
      await broker.listen(topic, listener);
      return { close: async () => {} };
    }),
  },
  {
    name: "what a listener tells is dropped",
    caughtBy: "a listener may tell, and listen, and close itself",
    plant: (broker) => {
      let busy = false;
      return overriding(broker, {
        notify: (notices) => (busy ? Promise.resolve() : broker.notify(notices)),
        listen: (topic, listener) =>
          broker.listen(topic, (body) => {
            busy = true;
            listener(body);
          }),
      });
    },
  },
  {
    name: "notices stand in the queue of that name",
    caughtBy: "a notice is no message, whatever its topic",
    plant: (broker) =>
      overriding(broker, {
        async notify(notices) {
          await broker.publish(notices.map(({ topic, body }) => ({ id: "notice", queue: topic, body })));
          return broker.notify(notices);
        },
      }),
  },
  {
    name: "a closed broker tells nobody, and says nothing of it",
    caughtBy: "a closed broker neither tells nor listens, and its listeners hear no more",
    plant: (broker) => overriding(broker, { notify: (notices) => broker.notify(notices).catch(() => {}) }),
  },
];

/** The faults of a broker that says it can neither delay nor prioritise nor tell nor show, and accepts all of it in silence. */
export const limitedBrokerFaults: readonly BrokerFault[] = [
  "delays are refused",
  "priority is refused",
  "notices are refused",
  "pending messages are not shown, and the broker says so",
].map((caughtBy) => ({
  name: `${caughtBy}, it says, and takes them`,
  caughtBy,
  plant: (broker) => overriding(broker, { capabilities: limitedBrokerCapabilities }),
}));

/** The capabilities of a broker that delays, and does not show what. */
export const hidingBrokerCapabilities: BrokerCapabilities = { ...memoryBrokerCapabilities, showsDelayed: false };

export const hidingBrokerFault: BrokerFault = {
  name: "it says that it does not show what is delayed, and does",
  caughtBy: "delayed messages are not shown, and the broker says so",
  plant: (broker) =>
    overriding(broker, {
      capabilities: hidingBrokerCapabilities,
      inspect: async (queue) => ({ ...(await broker.inspect(queue)), delayed: null }),
    }),
};
