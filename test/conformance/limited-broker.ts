import type { Broker, BrokerCapabilities, Message, PublishOutcome } from "../../src/brokers/broker.js";
import { memoryBrokerCapabilities } from "../../src/brokers/memory.js";
import { MachineryError } from "../../src/errors.js";
import { overriding } from "./overriding.js";

export const limitedBrokerCapabilities: BrokerCapabilities = Object.freeze({
  ...memoryBrokerCapabilities,
  delayed: false,
  priority: false,
  notices: false,
  keepsPlace: false,
  countsClaimed: false,
  showsDelayed: false,
  showsPending: false,
});

const unsupported = (what: string): MachineryError => new MachineryError("ERR_UNSUPPORTED", `This broker knows no ${what}.`);

/** The memory broker without delays, priorities, notices and a view of what it holds, all of which it refuses as the contract wants it. */
export function limitedBroker(broker: Broker): Broker {
  return overriding(broker, {
    capabilities: limitedBrokerCapabilities,
    async publish(messages) {
      const outcomes: PublishOutcome[] = [];
      for (const message of messages) outcomes.push(await publishOne(broker, message));
      return outcomes;
    },
    async consume(options) {
      const consumer = await broker.consume(options);
      return overriding(consumer, {
        async settle(settlements) {
          if (settlements.some(({ as }) => as === "delay")) throw unsupported("delays");
          return consumer.settle(settlements);
        },
      });
    },
    inspect: async (queue) => ({ ...(await broker.inspect(queue)), delayed: null, claimed: null }),
    async peek(queue, where, limit) {
      if (where !== "dead") throw unsupported("way to look at messages");
      return broker.peek(queue, where, limit);
    },
    notify: () => Promise.reject(unsupported("notices")),
    listen: () => Promise.reject(unsupported("notices")),
  });
}

async function publishOne(broker: Broker, message: Message): Promise<PublishOutcome> {
  if (message.notBefore !== undefined) return { status: "error", error: unsupported("delays") };
  if (message.priority) return { status: "error", error: unsupported("priorities") };
  const [outcome] = await broker.publish([message]);
  return outcome!;
}
