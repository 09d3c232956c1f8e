import type { Broker } from "../../../brokers/broker.js";
import { type BrokerTrial, type RegisterBrokerTest, textsOf } from "./trial.js";

const total = 10_000;
const batch = 100;

/** Many messages, many hands: nothing is lost, nothing comes twice. */
export function volume(register: RegisterBrokerTest): void {
  register("ten thousand messages come in order", async (t, trial) => {
    const sent = Array.from({ length: total }, (_, i) => `${i}`);
    for (let i = 0; i < total; i += batch) await trial.publish(sent.slice(i, i + batch));
    t.is((await trial.broker.inspect(trial.queue)).pending, total);
    const consumer = await trial.consume();
    const received: string[] = [];
    while (received.length < total) {
      const deliveries = await trial.take(consumer, batch);
      received.push(...textsOf(deliveries));
      await trial.ack(consumer, deliveries);
    }
    t.deepEqual(received, sent);
    await trial.counts({ pending: 0, delayed: 0, claimed: 0, dead: 0 });
  });

  register("publishers and takers that overlap lose nothing and duplicate nothing", async (t, trial) => {
    const brokers = [trial.broker, await trial.connect()];
    const received: string[] = [];
    const finished = new AbortController();
    const takers = [0, 1, 2].map((n) => takeUntil(trial, brokers[n % 2]!, finished, received));
    const publishers = [0, 1, 2, 3].map((n) => publishQuarter(trial, brokers[n % 2]!, n));
    await trial.within("The last delivery", Promise.all([...publishers, ...takers]));
    t.is(received.length, total);
    t.is(new Set(received).size, total);
    await trial.counts({ pending: 0, delayed: 0, claimed: 0, dead: 0 });
  });
}

async function publishQuarter(trial: BrokerTrial, broker: Broker, quarter: number): Promise<void> {
  for (let i = quarter; i < total; ) {
    const messages = [];
    for (; messages.length < batch && i < total; i += 4) messages.push(trial.message(`${i}`));
    await broker.publish(messages);
  }
}

/** Takes in batches of uneven size, releases one message in ten once, acknowledges the rest. */
async function takeUntil(trial: BrokerTrial, broker: Broker, finished: AbortController, received: string[]): Promise<void> {
  const consumer = await trial.consume({}, broker);
  for (let round = 1; !finished.signal.aborted; round++) {
    const deliveries = await consumer.take((round * 37) % batch || 1, finished.signal);
    if (deliveries.length === 0) break;
    const released = round % 10 === 0 ? deliveries.splice(0, 1) : [];
    received.push(...textsOf(deliveries));
    await trial.ack(consumer, deliveries);
    await trial.settle(
      consumer,
      released.map((delivery) => ({ delivery, as: "release" })),
    );
    if (received.length >= total) finished.abort();
  }
  await consumer.close();
}
