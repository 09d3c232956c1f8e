import type { Channel, ConsumeMessage } from "amqplib";
import type { Claim } from "./claim.js";
import { Subscription } from "./subscription.js";

type OnMessage = (subscription: Subscription, message: ConsumeMessage, channel: Channel) => void;

/** A consumer's queues: what RabbitMQ has sent of each, handed out in turn. */
export class Subscriptions {
  readonly #all: readonly Subscription[];
  readonly #onMessage: OnMessage;
  readonly #onArrival: () => void;
  #turn = 0;
  #isTold = false;

  /** @param onArrival told once for all that one read of the socket brings, and when RabbitMQ has ended a subscription */
  constructor(queues: readonly { readonly name: string; readonly queue: string }[], onMessage: OnMessage, onArrival: () => void) {
    this.#all = queues.map(({ name, queue }) => new Subscription(name, queue));
    this.#onMessage = onMessage;
    this.#onArrival = onArrival;
  }

  get isComplete(): boolean {
    return this.#all.every(({ tag }) => tag !== undefined);
  }

  get waiting(): number {
    let count = 0;
    for (const { waiting } of this.#all) count += waiting.size;
    return count;
  }

  named(name: string): Subscription | undefined {
    return this.#all.find((subscription) => subscription.name === name);
  }

  of(queue: string): Subscription | undefined {
    return this.#all.find((subscription) => subscription.queue === queue);
  }

  async subscribe(channel: Channel): Promise<void> {
    for (const subscription of this.#all) {
      if (subscription.tag !== undefined) continue;
      const { consumerTag } = await channel.consume(subscription.queue, (message) => {
        if (message !== null) {
          this.#onMessage(subscription, message, channel);
          return;
        }
        // The queue was deleted: whoever takes next declares it again.
        subscription.tag = undefined;
        this.arrived();
      });
      subscription.tag = consumerTag;
    }
  }

  async cancel(channel: Channel): Promise<void> {
    const tags = this.#all.flatMap(({ tag }) => (tag === undefined ? [] : [tag]));
    for (const subscription of this.#all) subscription.tag = undefined;
    await Promise.all(tags.map((tag) => channel.cancel(tag)));
  }

  /** Up to `max` messages, the queues taking turns. */
  next(max: number): Claim[] {
    const claims: Claim[] = [];
    for (let empty = 0; claims.length < max && empty < this.#all.length; ) {
      const claim = this.#all[this.#turn]!.waiting.shift();
      this.#turn = (this.#turn + 1) % this.#all.length;
      if (claim === undefined) {
        empty++;
      } else {
        empty = 0;
        claims.push(claim);
      }
    }
    return claims;
  }

  takeAll(): Claim[] {
    return this.#all.flatMap((subscription) => subscription.takeAll());
  }

  /** The channel is gone: nothing that came on it is anybody's. */
  reset(): void {
    for (const subscription of this.#all) {
      subscription.tag = undefined;
      subscription.waiting.clear();
    }
  }

  /** Something has come; the rest of what the socket had is about to follow. */
  arrived(): void {
    if (this.#isTold) return;
    this.#isTold = true;
    queueMicrotask(() => {
      this.#isTold = false;
      this.#onArrival();
    });
  }
}
