import type { Channel, ConsumeMessage } from "amqplib";
import type { Outgoing } from "../../amqp/letter.js";
import type { Publisher } from "../../amqp/publisher.js";
import type { Clock } from "../../util/clock.js";
import { Claim } from "./claim.js";
import type { ConsumerChannel } from "./consumer-channel.js";
import type { Copies } from "./copies.js";
import { noted, readCount } from "./headers.js";
import type { Looks } from "./looks.js";
import type { ServerLife } from "./server-life.js";
import type { Subscription } from "./subscription.js";

export interface ArrivalsParts {
  readonly clock: Clock;
  readonly channel: ConsumerChannel;
  readonly publisher: Publisher;
  readonly copies: Copies;
  readonly looks: Looks;
  readonly life: ServerLife;
  /** Told of what may be handed out. */
  readonly onClaim: (subscription: Subscription, claim: Claim) => void;
}

/** What takes a message's place, and its claim where nothing can. */
interface Diversion {
  readonly claim: Claim;
  readonly copy: Outgoing;
}

/** Makes claims of what RabbitMQ sends, and keeps back what is to be counted or put off first. */
export class Arrivals {
  readonly #parts: ArrivalsParts;
  /** Being counted or put off, and not to be handed out; by message id. */
  readonly #diverted = new Map<string, Promise<void>>();

  constructor(parts: ArrivalsParts) {
    this.#parts = parts;
  }

  add(subscription: Subscription, message: ConsumeMessage, channel: Channel): void {
    const { headers, messageId } = message.properties;
    const { copies, looks, clock, onClaim } = this.#parts;
    const diverted = this.#diverted.size > 0 ? this.#diverted.get(messageId ?? "") : undefined;
    if (diverted !== undefined) {
      // It takes the place of one that is not acknowledged yet: handed out now, both would come back from a crash.
      void diverted.then(() => {
        if (channel === this.#parts.channel.current) this.add(subscription, message, channel);
      });
      return;
    }
    const delivered = headers?.["x-delivery-count"];
    let crashes = readCount(headers, noted.crashes);
    if (delivered !== undefined) crashes += readCount(headers, "x-delivery-count");
    const claim = new Claim(subscription.name, message, channel, crashes);
    if (headers?.[noted.notBefore] !== undefined) {
      const until = readCount(headers, noted.notBefore);
      const now = clock.now();
      if (until > now) {
        this.#divert(subscription, claim, async () => ({ claim, copy: await copies.delayed(claim, until, now, claim.body) }));
        return;
      }
    }
    const isSuspect = message.fields.redelivered && delivered === undefined && !looks.forgive(message);
    if (isSuspect) {
      // Somebody had it and did not end it. On a classic queue only a copy can say how often.
      this.#divert(subscription, claim, () => this.#counted(subscription, claim));
      return;
    }
    onClaim(subscription, claim);
  }

  /** Resolves when nothing of what has come so far is kept back. */
  async through(): Promise<void> {
    await Promise.all(this.#diverted.values());
  }

  /**
   * With one death more, unless it may as well be RabbitMQ that has died since the last one: that is no reason to give a message up. Of
   * those that have none yet the first counts in any case.
   */
  async #counted({ name, queue }: Subscription, { message, channel, crashes }: Claim): Promise<Diversion> {
    const { copies, life } = this.#parts;
    const last: unknown = message.properties.headers?.[noted.life];
    const current = await life.current();
    const isDeath = last === undefined || current === undefined || last === current;
    const claim = new Claim(name, message, channel, isDeath ? crashes + 1 : crashes);
    return { claim, copy: copies.again(queue, message, claim.crashes, current) };
  }

  /** Publishes another message in its place, and acknowledges it; hands it out where that fails. */
  #divert(subscription: Subscription, first: Claim, divert: () => Promise<Diversion>): void {
    const { publisher, channel, onClaim } = this.#parts;
    const diverted = (async () => {
      let claim = first;
      try {
        const diversion = await divert();
        claim = diversion.claim;
        const [outcome] = await publisher.publish([diversion.copy]);
        if (outcome!.status === "ok") {
          channel.acknowledge([claim]);
          return;
        }
      } catch {
        // As if it had not been published.
      }
      if (channel.has(claim)) onClaim(subscription, claim);
    })();
    const id = first.message.properties.messageId ?? "";
    this.#diverted.set(id, diverted);
    void diverted.finally(() => {
      if (this.#diverted.get(id) === diverted) this.#diverted.delete(id);
    });
  }
}
