import { hash } from "node:crypto";
import type { Channel } from "amqplib";
import type { AmqpConnections } from "../../amqp/connections.js";
import type { Delays, Detour } from "./detour.js";
import { LadderSteps } from "./ladder-steps.js";
import type { Route } from "./topology.js";

/** A step's rest, in milliseconds: 0.1 s, 0.2 s, 0.4 s ... together nearly seven years. */
const unitMs = 100;
const steps = 31;
const minuteMs = 60_000;
/** How long a delay of a minute or more is a multiple of: it need not rest on the four lowest steps, too. */
const coarseMs = 16 * unitMs;
/** AMQP's limit for a routing key, in bytes, without the digits. */
const longestTail = 255 - 2 * steps;

/**
 * A fixed ladder of queues, one for each power of two of tenths of seconds. A message's routing key says, one digit for each step, on
 * which ones it rests, and at the end where it belongs. Any delay fits, and 31 queues at most serve them all.
 *
 * They are quorum queues that hand on each message with confirmation. A classic queue lets go of what expires before the next one has it
 * on disk: RabbitMQ, killed while thousands of messages fall due, loses most of them.
 */
export class LadderDelays implements Delays {
  readonly longestMs = (2 ** steps - 1) * unitMs;
  readonly #connections: AmqpConnections;
  readonly #ladder: LadderSteps;
  readonly #bound = new Map<string, Promise<void>>();

  constructor(connections: AmqpConnections, exchange: string) {
    this.#connections = connections;
    this.#ladder = new LadderSteps(connections, { prefix: `${exchange}.delay`, steps, unitMs });
  }

  async detour({ queue }: Route, ms: number): Promise<Detour> {
    const units = Math.min(roundDelay(ms) / unitMs, 2 ** steps - 1);
    const digits = units.toString(2).padStart(steps, "0");
    // It enters at its highest step: no need to pass those above.
    const highest = steps - 1 - digits.indexOf("1");
    await this.#ready(queue, highest);
    return {
      exchange: this.#ladder.step(highest),
      routingKey: `${[...digits].join(".")}.${tailOf(queue)}`,
      restore: () => this.#restore(queue, highest),
    };
  }

  forget(): void {
    this.#ladder.forget();
    this.#bound.clear();
  }

  async #ready(queue: string, highest: number): Promise<void> {
    try {
      await this.#ladder.ready(highest);
      let bound = this.#bound.get(queue);
      if (bound === undefined) {
        bound = this.#bind(queue);
        this.#bound.set(queue, bound);
      }
      await bound;
    } catch (error) {
      this.forget();
      throw error;
    }
  }

  async #restore(queue: string, highest: number): Promise<void> {
    this.forget();
    await this.#ready(queue, highest);
  }

  async #bind(queue: string): Promise<void> {
    await this.#connections.asking.withChannel("binding a queue to the ladder", (channel: Channel) =>
      channel.bindQueue(queue, this.#ladder.out, `${"*.".repeat(steps)}${tailOf(queue)}`),
    );
  }
}

/** How finely delays are told apart. Rounded up: never early. */
function roundDelay(ms: number): number {
  const step = ms < minuteMs ? unitMs : coarseMs;
  return Math.max(Math.ceil(ms / step), 1) * step;
}

/** A queue's name as the end of a routing key; one that is too long, or that a binding would take for a pattern, stands as its hash. */
function tailOf(queue: string): string {
  return Buffer.byteLength(queue) <= longestTail && !/[*#]/.test(queue) ? queue : hash("sha1", queue);
}
