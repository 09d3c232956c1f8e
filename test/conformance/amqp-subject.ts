import { connect } from "amqplib";
import type { BrokerSubject } from "machinery-ts/testing/conformance";
import type { AmqpConsumer } from "../../src/brokers/amqp/consumer.js";
import type { AmqpBrokerSettings } from "../../src/brokers/amqp/settings.js";
import { capabilitiesOf, openAmqpBroker } from "../../src/brokers/amqp.js";
import { delay, systemClock } from "../../src/util/clock.js";
import { amqpAddress } from "../amqp/address.js";
import { deleteLadder } from "../amqp/ladder.js";

/** RabbitMQ with these settings, as the suite sees it: an exchange for each test, and its queues deleted afterwards. */
export function amqpSubject(name: string, url: string, settings: Partial<AmqpBrokerSettings>): BrokerSubject {
  return {
    name,
    capabilities: capabilitiesOf(settings),
    leaseMs: 30,
    delayMs: 600,
    async open(namespace) {
      const exchange = `${namespace}.exchange`;
      return {
        connect: () => openAmqpBroker({ address: amqpAddress(url), exchange, ...settings }),
        now: () => systemClock.now(),
        elapse: (ms) => delay(systemClock, ms, undefined, true),
        die: (consumer) => (consumer as AmqpConsumer).abandon(),
        async close() {
          const connection = await connect(url);
          const channel = await connection.createChannel();
          for (const queue of ["tasks", "other", "quiet"]) {
            await channel.deleteQueue(`${namespace}.${queue}`);
            await channel.deleteQueue(`${namespace}.${queue}.dead`);
          }
          for (const suffix of ["", ".dlx", ".notices"]) await channel.deleteExchange(exchange + suffix);
          await deleteLadder(channel, exchange);
          await connection.close();
        },
      };
    },
  };
}
