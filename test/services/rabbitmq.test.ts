import { connect } from "amqplib";
import { namespace } from "./namespace.js";
import { ownVhost, startRabbitmq } from "./rabbitmq.js";
import { ownServers, service } from "./service.js";

const shared = await service("rabbitmq");
const ownTest = await ownServers("rabbitmq");

shared.test("the shared RabbitMQ keeps a message", async (t) => {
  const queue = namespace(t);
  const connection = await connect(shared.url);
  const channel = await connection.createConfirmChannel();
  await channel.assertQueue(queue);
  channel.sendToQueue(queue, Buffer.from("body"));
  await channel.waitForConfirms();
  t.is((await channel.deleteQueue(queue)).messageCount, 1);
  await connection.close();
});

ownTest("a RabbitMQ of the test's own can be managed, killed, and comes back with its data", async (t) => {
  const rabbitmq = await startRabbitmq(t);
  const url = await ownVhost(t, rabbitmq);
  const queue = namespace(t);
  const connection = await connect(url);
  connection.on("error", () => {});
  const channel = await connection.createConfirmChannel();
  channel.on("error", () => {});
  await channel.assertQueue(queue);
  channel.sendToQueue(queue, Buffer.from("body"), { persistent: true });
  await channel.waitForConfirms();
  // What a queue is called and how it is kept is written by Mnesia, in its own time.
  await rabbitmq.ctl("eval", "mnesia:sync_log().");
  await rabbitmq.node.restart("SIGKILL");
  await rabbitmq.ctl("await_startup");
  const after = await connect(url);
  const next = await after.createChannel();
  next.on("error", () => {});
  t.is((await next.checkQueue(queue)).messageCount, 1);
  await after.close();
  t.regex(await rabbitmq.ctl("list_users"), /^guest\t/m);
});
