import { hash } from "node:crypto";
import { MachineryError, preview } from "../../errors.js";

/** AMQP's limit, in bytes. */
const longest = 255;
const deadSuffix = ".dead";

/** The queue that keeps a queue's dead letters. */
export const deadQueue = (queue: string): string => `${queue}${deadSuffix}`;
/** The exchange through which RabbitMQ itself puts dead letters there. */
export const deadExchange = (exchange: string): string => `${exchange}.dlx`;
/** The exchange that carries notices. */
export const noticesExchange = (exchange: string): string => `${exchange}.notices`;
/** The exchange that ends with the server, the same for all of a virtual host. Short: RabbitMQ's errors have 255 bytes. */
export const lifeExchange = "machinery.life";

/**
 * The queue in which messages wait that long. Go's are named `delay.<ms>.<exchange>.<key>` and expire earlier: two that declare one queue
 * differently would both fail, so that ours have names of their own.
 */
export function delayQueue(ms: number, exchange: string, routingKey: string): string {
  const name = `delay.${ms}.ts.${exchange}.${routingKey}`;
  return Buffer.byteLength(name) <= longest ? name : `delay.${ms}.ts.${hash("sha1", `${exchange}\0${routingKey}`)}`;
}

/** @throws MachineryError `ERR_QUEUE_NAME` */
export function checkQueueName(queue: string): void {
  const bytes = Buffer.byteLength(queue);
  const room = longest - deadSuffix.length;
  if (queue === "" || bytes > room) {
    throw new MachineryError("ERR_QUEUE_NAME", `${preview(queue)} has ${bytes} bytes; on AMQP a queue's name has 1 to ${room}.`);
  }
  if (queue.startsWith("amq.")) {
    throw new MachineryError(
      "ERR_QUEUE_NAME",
      `${preview(queue)} cannot be used: RabbitMQ keeps names that begin with "amq." for itself.`,
    );
  }
}
