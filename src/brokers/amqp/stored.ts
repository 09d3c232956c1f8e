import type { Channel, GetMessage } from "amqplib";
import type { AmqpConnections } from "../../amqp/connections.js";
import { replyCode } from "../../amqp/failure.js";
import type { Publisher } from "../../amqp/publisher.js";
import { MachineryError } from "../../errors.js";
import type { StoredMessage } from "../broker.js";
import type { Copies } from "./copies.js";
import { noted, readCount } from "./headers.js";
import type { Looks } from "./looks.js";
import { deadQueue } from "./names.js";

/** How many dead letters are moved in one step. */
const step = 100;

/** What people see of queues, and do to them, beside the workers. A queue that is not there is an empty one. */
export class StoredMessages {
  readonly #connections: AmqpConnections;
  readonly #publisher: Publisher;
  readonly #copies: Copies;
  readonly #looks: Looks;

  constructor(connections: AmqpConnections, publisher: Publisher, copies: Copies, looks: Looks) {
    this.#connections = connections;
    this.#publisher = publisher;
    this.#copies = copies;
    this.#looks = looks;
  }

  /** How many messages nobody holds. */
  count(queue: string): Promise<number> {
    return this.#orNone(0, "counting messages", async (channel) => (await channel.checkQueue(queue)).messageCount);
  }

  purge(queue: string): Promise<number> {
    return this.#orNone(0, "purging a queue", async (channel) => (await channel.purgeQueue(queue)).messageCount);
  }

  /** @param tellLooked told the ids of what was looked at, before it goes back */
  async pending(
    name: string,
    queue: string,
    limit: number,
    tellLooked: (ids: string[]) => Promise<void>,
  ): Promise<StoredMessage[]> {
    const messages = await this.#look(queue, limit, async (seen) => {
      const ids = seen.flatMap(({ properties }) => (properties.messageId === undefined ? [] : [properties.messageId as string]));
      this.#looks.add(ids);
      await tellLooked(ids);
    });
    return messages.map(({ content }) => ({ queue: name, body: Buffer.from(content) }));
  }

  async dead(name: string, queue: string, limit: number): Promise<StoredMessage[]> {
    const letters = await this.#look(deadQueue(queue), limit, async () => {});
    return letters.map((letter) => ({ queue: name, body: Buffer.from(letter.content), dead: deathOf(letter) }));
  }

  async redrive(queue: string, limit: number): Promise<number> {
    let moved = 0;
    while (moved < limit) {
      const wanted = Math.min(step, limit - moved);
      const count = await this.#orNone(0, "redriving dead letters", (channel) => this.#redriveStep(channel, queue, wanted));
      moved += count;
      if (count < wanted) break;
    }
    return moved;
  }

  /** The copies are confirmed before the letters go: a crash in between leaves both. */
  async #redriveStep(channel: Channel, queue: string, wanted: number): Promise<number> {
    const letters = await getSome(channel, deadQueue(queue), wanted);
    const outcomes = await this.#publisher.publish(letters.map((letter) => this.#copies.again(queue, letter, 0)));
    let failure: Error | undefined;
    for (let i = 0; i < letters.length; i++) {
      const outcome = outcomes[i]!;
      if (outcome.status === "ok") channel.ack(letters[i]!);
      else {
        failure ??= outcome.error;
        channel.nack(letters[i]!, false, true);
      }
    }
    if (failure !== undefined) throw failure;
    return letters.length;
  }

  #look(queue: string, limit: number, beforeReturn: (seen: GetMessage[]) => Promise<void>): Promise<GetMessage[]> {
    return this.#orNone([], "looking at messages", async (channel) => {
      const seen = await getSome(channel, queue, limit);
      if (seen.length > 0) await beforeReturn(seen);
      // They go back to where they were when the channel closes; asking for it puts them there before the answer.
      if (seen.length > 0) {
        channel.nackAll(true);
        await channel.checkQueue(queue);
      }
      return seen;
    });
  }

  async #orNone<T>(none: T, what: string, run: (channel: Channel) => Promise<T>): Promise<T> {
    try {
      return await this.#connections.asking.withChannel(what, run);
    } catch (error) {
      if (error instanceof MachineryError && replyCode(error.cause) === 404) return none;
      throw error;
    }
  }
}

async function getSome(channel: Channel, queue: string, limit: number): Promise<GetMessage[]> {
  const messages: GetMessage[] = [];
  while (messages.length < limit) {
    const message = await channel.get(queue);
    if (message === false) break;
    messages.push(message);
  }
  return messages;
}

/** By our own note, or by RabbitMQ's, where it was RabbitMQ that put the message aside. */
function deathOf({ properties: { headers } }: GetMessage): { readonly reason: string; readonly at: number } {
  const reason = headers?.[noted.reason];
  if (typeof reason === "string") return { reason, at: readCount(headers, noted.deadAt) };
  const death = (headers?.["x-death"] as { reason?: string; time?: { value?: number } }[] | undefined)?.[0];
  const why =
    death?.reason === "delivery_limit" ? "given back more often than x-delivery-limit allows" : (death?.reason ?? "unknown");
  return { reason: `by RabbitMQ: ${why}`, at: (death?.time?.value ?? 0) * 1000 };
}
