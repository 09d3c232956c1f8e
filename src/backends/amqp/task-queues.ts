import type { Channel, ConsumeMessage } from "amqplib";
import type { AmqpConnections } from "../../amqp/connections.js";
import { replyCode } from "../../amqp/failure.js";
import type { Outgoing } from "../../amqp/letter.js";
import { SupervisedChannel } from "../../amqp/supervised-channel.js";
import { answerMs, timed } from "../../amqp/timed.js";
import { MachineryError } from "../../errors.js";
import { backoffMs } from "../../util/backoff.js";
import { delay } from "../../util/clock.js";
import { goQueue } from "./go-queue.js";
import { inRange } from "./time-to-live.js";

/** How many tasks' queues are looked into at once. */
const looksAtOnce = 16;

/**
 * Machinery's own way to bring states to who waits: a queue for each task, named by its id, that holds a message for each state. Who takes
 * a state takes it from all others, and the queue goes with who took from it last.
 */
export class TaskQueues {
  readonly #connections: AmqpConnections;
  readonly #keptMs: number;
  readonly #onState: (id: string, json: string) => void;
  readonly #channel: SupervisedChannel<Channel>;
  /** The ids waited for, and how their subscriptions are called, once they are there. */
  readonly #watched = new Map<string, Promise<string | undefined> | undefined>();
  readonly #closing = new AbortController();

  /** @param keptMs Machinery's `results_expire_in`: how long states are kept, which all who declare such a queue must say alike */
  constructor(connections: AmqpConnections, keptMs: number, onState: (id: string, json: string) => void) {
    this.#connections = connections;
    this.#keptMs = keptMs;
    this.#onState = onState;
    this.#channel = new SupervisedChannel(connections.consuming, {
      open: (model) => model.createChannel(),
      setUp: (channel) => this.#setUp(channel),
      lost: () => void this.#reopen(),
    });
  }

  /** A state as a message to its task's queue. */
  outgoing(id: string, json: string, ttlMs: number): Outgoing {
    return {
      exchange: "",
      routingKey: id,
      body: Buffer.from(json),
      options: { messageId: id, contentType: "application/json", persistent: true, mandatory: true, expiration: inRange(ttlMs) },
      restore: () =>
        this.#connections.asking.withChannel("declaring the queue of a task's states", (channel) => this.#declare(channel, id)),
    };
  }

  /** From now on a task's states are taken as they come. */
  watch(id: string): void {
    if (this.#watched.has(id)) return;
    const channel = this.#channel.current;
    this.#watched.set(id, channel && this.#subscribe(channel, id));
    if (channel === undefined) void this.#reopen();
  }

  unwatch(id: string): void {
    const subscribing = this.#watched.get(id);
    this.#watched.delete(id);
    const channel = this.#channel.current;
    void subscribing
      ?.then(async (tag) => {
        if (tag !== undefined && channel !== undefined && channel === this.#channel.current) await channel.cancel(tag);
      }, ignored)
      .catch(ignored);
  }

  /** The last of the states that wait in each task's queue, where nobody takes them: looked at, and left there. */
  async peek(ids: readonly string[]): Promise<(string | null)[]> {
    const found: (string | null)[] = new Array(ids.length).fill(null);
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < ids.length) {
        const i = next++;
        if (!this.#watched.has(ids[i]!)) found[i] = await this.#peek(ids[i]!);
      }
    };
    await Promise.all(Array.from({ length: Math.min(looksAtOnce, ids.length) }, lane));
    return found;
  }

  async remove(ids: readonly string[]): Promise<void> {
    await this.#connections.asking.withChannel("deleting the queues of tasks' states", async (channel) => {
      for (const id of ids) await channel.deleteQueue(id);
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#watched.clear();
    await this.#channel.close();
  }

  async #setUp(channel: Channel): Promise<void> {
    const ids = [...this.#watched.keys()];
    await Promise.all(
      ids.map((id) => {
        const subscribing = this.#subscribe(channel, id);
        if (this.#watched.has(id)) this.#watched.set(id, subscribing);
        return subscribing;
      }),
    );
  }

  /** `undefined` where the channel is gone: the next one subscribes to all. */
  async #subscribe(channel: Channel, id: string): Promise<string | undefined> {
    const { clock, place } = this.#connections.consuming;
    const subscribing = (async () => {
      await this.#declare(channel, id);
      return channel.consume(id, (message) => this.#arrived(id, message), { noAck: true });
    })();
    try {
      return (await timed(clock, answerMs, place, "subscribing to a task's states", subscribing)).consumerTag;
    } catch {
      return undefined;
    }
  }

  #arrived(id: string, message: ConsumeMessage | null): void {
    if (message !== null) this.#onState(id, message.content.toString());
    // The queue was deleted, by another who had its last state say.
    else if (this.#watched.delete(id)) this.watch(id);
  }

  async #peek(id: string): Promise<string | null> {
    try {
      return await this.#connections.asking.withChannel("looking at a task's states", async (channel) => {
        let last: string | null = null;
        for (;;) {
          const message = await channel.get(id);
          if (message === false) break;
          last = message.content.toString();
        }
        // They go back to where they were; asking for the queue puts them there before the answer.
        channel.nackAll(true);
        await channel.checkQueue(id);
        return last;
      });
    } catch (error) {
      if (error instanceof MachineryError && replyCode(error.cause) === 404) return null;
      throw error;
    }
  }

  async #declare(channel: Channel, id: string): Promise<void> {
    await channel.assertQueue(id, goQueue(this.#keptMs));
  }

  /** Who waits goes on waiting. */
  async #reopen(): Promise<void> {
    const { signal } = this.#closing;
    for (let failures = 0; this.#watched.size > 0 && !signal.aborted; failures++) {
      if (failures > 0) await delay(this.#connections.consuming.clock, backoffMs(failures, { baseMs: 50, maxMs: 5000 }), signal);
      try {
        const channel = await this.#channel.get();
        // Those that came while it was being opened.
        for (const [id, subscribing] of this.#watched) {
          if (subscribing === undefined) this.#watched.set(id, this.#subscribe(channel, id));
        }
        return;
      } catch {
        // Not yet.
      }
    }
  }
}

const ignored = (): void => {};
