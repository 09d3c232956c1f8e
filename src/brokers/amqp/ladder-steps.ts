import type { Channel } from "amqplib";
import type { AmqpConnections } from "../../amqp/connections.js";
import { replyCode } from "../../amqp/failure.js";
import { MachineryError } from "../../errors.js";

export interface LadderPlan {
  /** What the names of its exchanges and queues begin with. */
  readonly prefix: string;
  readonly steps: number;
  /** How long a message rests on the lowest step, in milliseconds; on each further one twice as long. */
  readonly unitMs: number;
}

/** The exchanges and queues of a ladder of delays: declared from the lowest step up to the highest that is wanted. */
export class LadderSteps {
  readonly #connections: AmqpConnections;
  readonly #plan: LadderPlan;
  /** The highest step declared, and that it has been, with all below. */
  #highest = -1;
  #declared: Promise<void> = Promise.resolve();

  constructor(connections: AmqpConnections, plan: LadderPlan) {
    this.#connections = connections;
    this.#plan = plan;
  }

  /** The exchange at which messages enter a step; its queue has the same name. */
  step(step: number): string {
    return `${this.#plan.prefix}.${String(step).padStart(2, "0")}`;
  }

  /** Where messages leave the ladder. */
  get out(): string {
    return `${this.#plan.prefix}.out`;
  }

  forget(): void {
    this.#highest = -1;
    this.#declared = Promise.resolve();
  }

  async ready(highest: number): Promise<void> {
    if (highest > this.#highest) {
      const [from, before] = [this.#highest + 1, this.#declared];
      this.#highest = highest;
      this.#declared = before.then(() => this.#declare(from, highest));
    }
    await this.#declared;
  }

  async #declare(from: number, highest: number): Promise<void> {
    try {
      await this.#connections.asking.withChannel("declaring the ladder of delays", async (channel) => {
        if (from === 0) await channel.assertExchange(this.out, "topic", { durable: true });
        for (let step = from; step <= highest; step++) await this.#declareStep(channel, step);
      });
    } catch (error) {
      throw isTooOld(error) ? tooOld(error) : error;
    }
  }

  /** Who rests on this step waits in its queue; who does not goes on to the next. */
  async #declareStep(channel: Channel, step: number): Promise<void> {
    const name = this.step(step);
    const next = step === 0 ? this.out : this.step(step - 1);
    await channel.assertExchange(name, "topic", { durable: true });
    await channel.assertQueue(name, {
      durable: true,
      arguments: {
        "x-queue-type": "quorum",
        "x-message-ttl": 2 ** step * this.#plan.unitMs,
        "x-dead-letter-exchange": next,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
      },
    });
    const before = "*.".repeat(this.#plan.steps - 1 - step);
    await channel.bindQueue(name, name, `${before}1.#`);
    await channel.bindExchange(next, name, `${before}0.#`);
  }
}

/** Before 3.10 messages in quorum queues did not expire. */
function isTooOld(error: unknown): boolean {
  return (
    error instanceof MachineryError && replyCode(error.cause) === 406 && /invalid arg|x-message-ttl.*quorum/i.test(error.message)
  );
}

function tooOld(cause: unknown): MachineryError {
  return new MachineryError("ERR_BROKER", "this RabbitMQ is older than 3.10: in its quorum queues messages do not expire.", {
    hint: "Delay tasks as Go Machinery does, which may lose them when RabbitMQ is killed: amqp.delay_strategy: machinery.",
    cause,
  });
}
