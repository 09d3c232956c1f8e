import type { Channel, ConsumeMessage, GetMessage } from "amqplib";
import { replyCode } from "../../amqp/failure.js";
import { goQueue } from "./go-queue.js";
import { inRange } from "./time-to-live.js";

const shortestKeptMs = 60_000;

/** A way to keep, in a queue named by its group, the states in which members ended. */
export interface GroupQueue {
  declare(channel: Channel, group: string, ttlMs: number): Promise<void>;
  /**
   * Takes all that is in it, unacknowledged, for the caller alone: closing the channel gives it back. `undefined` where somebody else has
   * it, or it is not there.
   */
  takeAll(channel: Channel, group: string): Promise<(ConsumeMessage | GetMessage)[] | undefined>;
  delete(channel: Channel, group: string): Promise<void>;
}

/** The queue outlives a restart, and who consumes it alone has the group. */
export const ownGroupQueue: GroupQueue = {
  async declare(channel, group, ttlMs) {
    await channel.assertQueue(group, durable(ttlMs));
  },

  async takeAll(channel, group) {
    const messages: ConsumeMessage[] = [];
    try {
      await channel.consume(group, (message) => message !== null && messages.push(message), { exclusive: true });
      // What RabbitMQ has sent before it answers has arrived here before the answer.
      while ((await channel.checkQueue(group)).messageCount > 0) {}
    } catch (error) {
      if (replyCode(error) === 403) return undefined;
      throw error;
    }
    return messages;
  },

  async delete(channel, group) {
    await channel.deleteQueue(group);
  },
};

/**
 * Go's queue of a group. It is deleted when its last consumer goes, with all that is in it: it is not consumed here but asked for message
 * after message, by who consumes another queue alone.
 */
export function goGroupQueue(keptMs: number): GroupQueue {
  return {
    async declare(channel, group) {
      await channel.assertQueue(group, goQueue(keptMs));
    },

    async takeAll(channel, group) {
      const messages: GetMessage[] = [];
      try {
        await channel.assertQueue(gateQueue(group), durable(0));
        await channel.consume(gateQueue(group), () => {}, { exclusive: true });
        for (let message = await channel.get(group); message !== false; message = await channel.get(group)) messages.push(message);
      } catch (error) {
        // A Go worker that has the group consumes it alone, and with that it goes.
        if ([403, 404].includes(replyCode(error) ?? 0)) return undefined;
        throw error;
      }
      return messages;
    },

    async delete(channel, group) {
      await channel.deleteQueue(group);
      await channel.deleteQueue(gateQueue(group));
    },
  };
}

export function durable(ttlMs: number) {
  return { durable: true, arguments: { "x-queue-type": "classic", "x-expires": inRange(Math.max(ttlMs, shortestKeptMs)) } };
}

const gateQueue = (group: string): string => `${group}.gate`;
