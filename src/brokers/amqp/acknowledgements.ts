import type { Channel } from "amqplib";
import type { Claim } from "./claim.js";

/**
 * What has been acknowledged of all that came on a channel, so that one word can stand for many: RabbitMQ takes an acknowledgement for all
 * that came before it, too, and that is right where nothing is left among them.
 */
export class Acknowledgements {
  readonly channel: Channel;
  /** The first that is not acknowledged: RabbitMQ numbers from 1 what it sends. */
  #first = 1;
  /** Those beyond it that are. */
  readonly #beyond = new Set<number>();

  constructor(channel: Channel) {
    this.channel = channel;
  }

  /** @param claims of this channel, not acknowledged before */
  add(claims: readonly Claim[]): void {
    for (const { tag } of claims) this.#beyond.add(tag);
    while (this.#beyond.delete(this.#first)) this.#first++;
    let last: Claim | undefined;
    for (const claim of claims) {
      if (claim.tag >= this.#first) this.channel.ack(claim.message);
      else if (last === undefined || claim.tag > last.tag) last = claim;
    }
    if (last !== undefined) this.channel.ack(last.message, true);
  }

  /** Gives one back; it comes again under another number. */
  giveBack(claim: Claim): void {
    this.channel.nack(claim.message, false, true);
    this.#beyond.add(claim.tag);
    while (this.#beyond.delete(this.#first)) this.#first++;
  }
}
