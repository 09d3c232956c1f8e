import type { Channel } from "amqplib";
import type { AmqpConnection } from "../../amqp/connection.js";
import { SupervisedChannel } from "../../amqp/supervised-channel.js";
import { Acknowledgements } from "./acknowledgements.js";
import type { Claim } from "./claim.js";

const mostPrefetch = 65_535;

/** The channel on which a consumer's messages come and are acknowledged; it is opened anew where it is lost, and claims end with it. */
export class ConsumerChannel {
  readonly #channel: SupervisedChannel<Channel>;
  #acknowledgements: Acknowledgements | undefined;

  /** @param capacity how many messages RabbitMQ sends at most before one of them is acknowledged */
  constructor(connection: AmqpConnection, capacity: number, onLost: () => void) {
    this.#channel = new SupervisedChannel(connection, {
      open: (model) => model.createChannel(),
      setUp: async (channel) => {
        this.#acknowledgements = new Acknowledgements(channel);
        await channel.prefetch(Math.min(capacity, mostPrefetch));
      },
      lost: onLost,
    });
  }

  /** `undefined` while there is none. */
  get current(): Channel | undefined {
    return this.#channel.current;
  }

  get(): Promise<Channel> {
    return this.#channel.get();
  }

  /** Whether it came on this channel, so that it can still be ended. */
  has({ channel }: Claim): boolean {
    return channel === this.#channel.current;
  }

  /** How many of them it was not too late for. */
  acknowledge(claims: readonly Claim[]): number {
    const ours = claims.filter((claim) => this.has(claim));
    if (ours.length > 0) this.#acknowledgements!.add(ours);
    return ours.length;
  }

  /** @param claim one that it has; it comes again */
  giveBack(claim: Claim): void {
    this.#acknowledgements!.giveBack(claim);
  }

  /** Closes it without a word; the next `get` opens another. For tests. */
  abandon(): Promise<void> {
    return this.#channel.abandon();
  }

  close(): Promise<void> {
    return this.#channel.close();
  }
}
