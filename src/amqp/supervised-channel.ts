import type { Channel, ChannelModel } from "amqplib";
import type { AmqpConnection } from "./connection.js";
import { amqpFailure } from "./failure.js";
import { answerMs, timed } from "./timed.js";

export interface ChannelPlan<C extends Channel> {
  open(model: ChannelModel): Promise<C>;
  /** What must be declared, and listened to, before it is of use. */
  setUp(channel: C): Promise<void>;
  /** The channel that was in use is gone, and all that stood on it. `refusal`: what RabbitMQ closed it for, if it did. */
  lost(channel: C, refusal: Error | undefined): void;
}

/** A channel that is opened when it is needed, and once more after it was lost. */
export class SupervisedChannel<C extends Channel> {
  readonly #connection: AmqpConnection;
  readonly #plan: ChannelPlan<C>;
  #channel: C | undefined;
  #opening: Promise<C> | undefined;
  #closed = false;

  constructor(connection: AmqpConnection, plan: ChannelPlan<C>) {
    this.#connection = connection;
    this.#plan = plan;
  }

  /** The channel, if it is open. */
  get current(): C | undefined {
    return this.#channel;
  }

  /** @throws MachineryError `ERR_BROKER` if it cannot be opened now */
  async get(): Promise<C> {
    if (this.#channel !== undefined) return this.#channel;
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  /** Closes it for good; what stands on it goes with it. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    // One that is being opened is closed when it is open; nobody need wait for that.
    if (this.#channel !== undefined) await this.abandon();
  }

  /** Closes it until it is needed again. */
  async abandon(): Promise<void> {
    const channel = this.#channel ?? (await this.#opening?.catch(() => undefined));
    this.#channel = undefined;
    if (channel === undefined) return;
    try {
      await timed(this.#connection.clock, answerMs, this.#connection.place, "closing a channel", channel.close());
    } catch {
      // It was closed before, or its connection is no more.
    }
  }

  async #open(): Promise<C> {
    const { clock, place } = this.#connection;
    const model = await this.#connection.model();
    let refusal: Error | undefined;
    let isOpen = true;
    try {
      const channel = await timed(clock, answerMs, place, "opening a channel", this.#plan.open(model));
      channel.on("error", (error) => {
        refusal = error;
      });
      channel.on("close", () => {
        isOpen = false;
        if (this.#channel !== channel) return;
        this.#channel = undefined;
        this.#plan.lost(channel, refusal);
      });
      await this.#setUp(channel);
      // Lost in the meantime: whoever wants it tries again.
      if (!isOpen) throw refusal ?? new Error("the channel was closed while it was made ready");
      if (this.#closed) {
        await channel.close();
        throw new Error("the channel was closed before");
      }
      this.#channel = channel;
      return channel;
    } catch (error) {
      throw amqpFailure(refusal ?? error, place);
    }
  }

  async #setUp(channel: C): Promise<void> {
    const { clock, place } = this.#connection;
    try {
      await timed(clock, answerMs, place, "making a channel ready", this.#plan.setUp(channel));
    } catch (error) {
      await channel.close().catch(() => {});
      throw error;
    }
  }
}
