import { connect } from "amqplib";
import { backendConformance } from "machinery-ts/testing/conformance";
import { amqpBackendCapabilities, openAmqpBackend } from "../../src/backends/amqp.js";
import { delay, systemClock } from "../../src/util/clock.js";
import { amqpAddress } from "../amqp/address.js";
import { service } from "../services/service.js";

const { test, url } = await service("rabbitmq");

backendConformance(test.serial, {
  name: "amqp",
  capabilities: amqpBackendCapabilities,
  ttlMs: 400,
  async open(namespace) {
    return {
      connect: () => openAmqpBackend({ address: amqpAddress(url), exchange: namespace }),
      now: () => systemClock.now(),
      elapse: (ms) => delay(systemClock, ms, undefined, true),
      async close() {
        const connection = await connect(url);
        await (await connection.createChannel()).deleteExchange(`${namespace}.purges`);
        await connection.close();
      },
    };
  },
});
