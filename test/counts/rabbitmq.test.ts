import { service } from "../services/service.js";
import { amqpMethods } from "./amqp-methods.js";
import { costOf, keepTo } from "./load.js";
import { WireMeter } from "./wire-meter.js";

const { test, url } = await service("rabbitmq");

test("methods and bytes of a task on RabbitMQ", async (t) => {
  const meter = await WireMeter.start(t, url, amqpMethods);
  const cost = await costOf(t, { broker: meter.url, resultBackend: "memory:" }, meter);
  keepTo(t, { single: { commands: 2.2, bytes: 1_350 }, batched: { commands: 2.2, bytes: 1_350 } }, cost);
});
