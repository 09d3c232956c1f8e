import type { Channel } from "amqplib";
import type { AmqpConnection } from "../../amqp/connection.js";
import { replyCode } from "../../amqp/failure.js";
import { MachineryError } from "../../errors.js";
import type { Topology } from "./topology.js";

/** RabbitMQ's own, where neither server nor queue says otherwise: longer without an acknowledgement, and it closes the channel. */
const defaultConsumerTimeoutMs = 30 * 60_000;

/** What does not fit in the exchange and these queues as they are there; nothing is declared that is not. */
export async function examine(
  connection: AmqpConnection,
  topology: Topology,
  names: readonly string[],
  longestTaskMs: number | undefined,
): Promise<string[]> {
  const { exchange, exchangeType, autoDelete, bindingKey, defaultQueue, queueDeclareArgs } = topology.settings;
  const found: string[] = [];
  /** What the answer is; `undefined` where it is not there; what else is wrong is found. */
  const ask = async <T>(run: (channel: Channel) => Promise<T>): Promise<T | undefined> => {
    try {
      return await connection.withChannel("examining the topology", run);
    } catch (error) {
      if (!(error instanceof MachineryError) || error.code !== "ERR_BROKER") throw error;
      if (replyCode(error.cause) === undefined) throw error;
      if (replyCode(error.cause) !== 404) found.push(error.message);
      return undefined;
    }
  };

  if ((await ask((channel) => channel.checkExchange(exchange))) === undefined) {
    found.push(`The exchange ${exchange} is not there yet; the first worker or sender declares it.`);
  } else await ask((channel) => channel.assertExchange(exchange, exchangeType, { durable: true }));
  for (const name of names) {
    const queue = topology.resolve(name);
    const there = await ask((channel) => channel.checkQueue(queue));
    if (there === undefined) {
      found.push(`The queue ${queue} is not there yet; the first worker or sender declares it.`);
      continue;
    }
    // Declared as it is, it is left as it is; declared otherwise, RabbitMQ says what differs.
    await ask((channel) => channel.assertQueue(queue, { durable: true, autoDelete, arguments: topology.declareArgs(queue) }));
    if (there.consumerCount === 0) found.push(`Nobody takes from the queue ${queue}, where ${there.messageCount} messages wait.`);
  }
  if (exchangeType === "direct" && bindingKey !== defaultQueue) {
    const orphan = await ask((channel) => channel.checkQueue(bindingKey));
    if (orphan !== undefined && orphan.consumerCount === 0) {
      found.push(
        `The queue ${bindingKey}, named like the binding key, gets a copy of every task and nobody takes from it (${orphan.messageCount} messages). ` +
          "Go senders declare it; name default_queue and amqp.binding_key alike on both sides, then delete it.",
      );
    }
  }
  const own = Number(queueDeclareArgs["x-consumer-timeout"]);
  const consumerTimeoutMs = own > 0 ? own : defaultConsumerTimeoutMs;
  if (longestTaskMs !== undefined && longestTaskMs >= consumerTimeoutMs) {
    found.push(
      `A task may run for ${longestTaskMs} ms, and RabbitMQ takes messages back after ${consumerTimeoutMs} ms without an acknowledgement` +
        `${own > 0 ? "" : ", which is assumed: what the server's consumer_timeout is, it does not tell"}: it would run again and again. Set a longer ` +
        "x-consumer-timeout in amqp.queue_declare_args (RabbitMQ 3.12 or newer; the queue is to be declared anew), or a longer " +
        "consumer_timeout in rabbitmq.conf.",
    );
  }
  return found;
}
