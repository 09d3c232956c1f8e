import { randomUUID } from "node:crypto";
import { connect } from "amqplib";
import { count } from "../chaos/profile.js";
import { service } from "../services/service.js";
import { hostileSuite } from "./suite.js";

const { test, url } = await service("rabbitmq");

hostileSuite(test, "RabbitMQ", count(300, 5_000), async () => ({
  broker: url,
  resultBackend: `memory:${randomUUID()}`,
  async close(name) {
    const connection = await connect(url);
    const channel = await connection.createChannel();
    for (const suffix of ["", ".dead"]) await channel.deleteQueue(`${name}.queue${suffix}`);
    for (const suffix of ["", ".dlx", ".notices"]) await channel.deleteExchange(`${name}.exchange${suffix}`);
    await connection.close();
  },
}));
