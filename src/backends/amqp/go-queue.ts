import type { Options } from "amqplib";

/** RabbitMQ counts in 32 bits, and Go in as many with a sign. */
const longestMs = 2 ** 31 - 1;

/** How Go Machinery declares a queue that holds states: two that declare one queue differently would both fail. */
export function goQueue(keptMs: number): Options.AssertQueue {
  const ms = Math.min(keptMs, longestMs);
  return { durable: false, autoDelete: true, arguments: { "x-message-ttl": ms, "x-expires": ms } };
}
