import { randomUUID } from "node:crypto";
import { openMemoryBackend } from "../../src/backends/memory.js";
import { count, full } from "../chaos/profile.js";
import { amqpSubject } from "../conformance/amqp-subject.js";
import { service } from "../services/service.js";
import { modelSuite } from "./suite.js";

const { test, url } = await service("rabbitmq");

// Each waits for RabbitMQ to miss heartbeats, and costs next to nothing meanwhile.
modelSuite(test, "test/models/amqp.test.ts", count(12, 500), full ? 20 : 4, async () => {
  const backend = openMemoryBackend({ name: `model-${randomUUID()}` });
  const subject = amqpSubject("model", url, {});
  return {
    async open() {
      const namespace = `model-${randomUUID()}`;
      const { connect, elapse, die, close } = await subject.open(namespace);
      const broker = await connect();
      const queue = `${namespace}.tasks`;
      await broker.declare([queue]);
      return {
        broker,
        backend,
        queue,
        leaseMs: subject.leaseMs,
        elapse,
        die,
        async close() {
          await broker.close();
          await close?.();
        },
      };
    },
    close: () => backend.close(),
  };
});
