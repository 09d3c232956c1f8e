import type { Channel } from "amqplib";
import type { AmqpConnections } from "../../amqp/connections.js";
import type { Delays, Detour } from "./detour.js";
import type { Route } from "./topology.js";

/** Steps of 1 s, 2 s, 4 s ... 2^27 s: together eight and a half years. */
const steps = 28;

/**
 * The fixed ladder: a queue for each power of two of seconds. A message's routing key says, one digit for each step, on which ones it
 * rests, and at the end where it belongs. Any delay fits, and 28 queues serve them all.
 */
export class LadderDelays implements Delays {
  readonly longestMs = (2 ** steps - 1) * 1000;
  readonly #connections: AmqpConnections;
  readonly #prefix: string;
  #declared: Promise<void> | undefined;
  readonly #bound = new Map<string, Promise<void>>();

  constructor(connections: AmqpConnections, exchange: string) {
    this.#connections = connections;
    this.#prefix = `${exchange}.delay`;
  }

  async detour({ queue }: Route, ms: number): Promise<Detour> {
    const seconds = Math.max(Math.ceil(ms / 1000), 1);
    const digits = seconds.toString(2).padStart(steps, "0");
    // It enters at its highest step: no need to pass those above.
    const highest = steps - 1 - digits.indexOf("1");
    const restore = () => this.#restore(queue);
    await this.#ready(queue);
    return { exchange: this.#step(highest), routingKey: `${[...digits].join(".")}.${queue}`, restore };
  }

  forget(): void {
    this.#declared = undefined;
    this.#bound.clear();
  }

  async #ready(queue: string): Promise<void> {
    this.#declared ??= this.#declare();
    let bound = this.#bound.get(queue);
    if (bound === undefined) {
      bound = this.#declared.then(() => this.#bind(queue));
      this.#bound.set(queue, bound);
    }
    try {
      await bound;
    } catch (error) {
      this.forget();
      throw error;
    }
  }

  async #restore(queue: string): Promise<void> {
    this.forget();
    await this.#ready(queue);
  }

  #declare(): Promise<void> {
    return this.#connections.asking.withChannel("declaring the ladder of delays", async (channel) => {
      await channel.assertExchange(this.#out, "topic", { durable: true });
      for (let step = 0; step < steps; step++) await this.#declareStep(channel, step);
    });
  }

  /** Who rests on this step waits in its queue; who does not goes on to the next. */
  async #declareStep(channel: Channel, step: number): Promise<void> {
    const name = this.#step(step);
    const next = step === 0 ? this.#out : this.#step(step - 1);
    await channel.assertExchange(name, "topic", { durable: true });
    await channel.assertQueue(name, {
      durable: true,
      arguments: {
        "x-queue-type": "classic",
        "x-message-ttl": 2 ** step * 1000,
        "x-dead-letter-exchange": next,
        "x-overflow": "reject-publish",
      },
    });
    const before = "*.".repeat(steps - 1 - step);
    await channel.bindQueue(name, name, `${before}1.#`);
    await channel.bindExchange(next, name, `${before}0.#`);
  }

  async #bind(queue: string): Promise<void> {
    await this.#connections.asking.withChannel("binding a queue to the ladder", (channel) =>
      channel.bindQueue(queue, this.#out, `${"*.".repeat(steps)}${queue}`),
    );
  }

  #step(step: number): string {
    return `${this.#prefix}.${String(step).padStart(2, "0")}`;
  }

  get #out(): string {
    return `${this.#prefix}.out`;
  }
}
