import { connect } from "amqplib";
import { backendConformance } from "machinery-ts/testing/conformance";
import { amqpBackendCapabilities, openAmqpBackend } from "../../src/backends/amqp.js";
import { delay, systemClock } from "../../src/util/clock.js";
import { amqpAddress } from "../amqp/address.js";
import { service } from "../services/service.js";

const { test, url } = await service("rabbitmq");

for (const resultQueues of ["client", "task"] as const) {
  backendConformance(test.serial, {
    name: `amqp, a queue of each ${resultQueues}`,
    capabilities: amqpBackendCapabilities,
    ttlMs: 400,
    async open(namespace) {
      return {
        connect: () => openAmqpBackend({ address: amqpAddress(url), exchange: namespace, resultQueues }),
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
}
