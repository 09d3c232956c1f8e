import type { ConfirmChannel, Message } from "amqplib";
import type { PublishOutcome } from "../brokers/broker.js";
import { type ErrorCode, MachineryError } from "../errors.js";
import { backoffMs } from "../util/backoff.js";
import { Bag } from "../util/bag.js";
import { type Clock, delay, type Timer } from "../util/clock.js";
import { Deque } from "../util/deque.js";
import type { AmqpConnection } from "./connection.js";
import { amqpFailure } from "./failure.js";
import { type Batch, Letter, type Outgoing } from "./letter.js";
import { SupervisedChannel } from "./supervised-channel.js";
import { mostBytesIn, tooLarge, unsendable } from "./unsendable.js";

export interface PublisherOptions {
  /** How many messages may be without an answer at once. Default 256. */
  readonly window?: number;
  /** How long a message may wait for RabbitMQ's answer, connecting anew included, in milliseconds. Default 10,000. */
  readonly deadlineMs?: number;
  /** Makes ready what messages are published to, whenever a channel is opened. */
  readonly setUp?: () => Promise<void>;
}

const published: PublishOutcome = Object.freeze({ status: "ok" });
const reopenBackoff = { baseMs: 50, maxMs: 2000 };

/**
 * Publishes with confirmation: a message is out when RabbitMQ says that it has it, on disk where it is persistent. What was under way when
 * a channel or connection broke is sent again, in the same order, under the same message id; at its deadline it is given up as ambiguous.
 */
export class Publisher {
  readonly #connection: AmqpConnection;
  readonly #clock: Clock;
  readonly #window: number;
  readonly #deadlineMs: number;
  readonly #channel: SupervisedChannel<ConfirmChannel>;
  readonly #unlisten: () => void;
  readonly #waiting = new Deque<Letter>();
  /** Sent, and not answered. */
  readonly #inFlight = new Bag<Letter>();
  /** Those of them whose channel has just broken, in the order in which they were sent. */
  #broken: Letter[] = [];
  #isFull = false;
  #opening = false;
  #timer: Timer | undefined;
  #lastFailure: Error | undefined;
  readonly #closing = new AbortController();

  constructor(connection: AmqpConnection, options: PublisherOptions = {}) {
    this.#connection = connection;
    this.#clock = connection.clock;
    this.#window = options.window ?? 256;
    this.#deadlineMs = options.deadlineMs ?? 10_000;
    this.#channel = new SupervisedChannel(connection, {
      open: (model) => model.createConfirmChannel(),
      setUp: async (channel) => {
        channel.on("return", (message) => this.#returned(message));
        channel.on("drain", () => {
          this.#isFull = false;
          this.#pump();
        });
        await options.setUp?.();
      },
      lost: (_, refusal) => this.#lost(refusal),
    });
    this.#unlisten = connection.listen({
      blocked: (reason) => {
        if (reason === undefined) this.#pump();
      },
    });
  }

  /** One outcome for each message; never rejects. */
  publish(messages: readonly Outgoing[]): Promise<PublishOutcome[]> {
    if (messages.length === 0) return Promise.resolve([]);
    return new Promise((resolve) => {
      const batch: Batch = { outcomes: new Array(messages.length), left: messages.length, resolve };
      const deadline = this.#clock.now() + this.#deadlineMs;
      for (let i = 0; i < messages.length; i++) this.#waiting.push(new Letter(messages[i]!, batch, i, deadline));
      if (this.#closing.signal.aborted) {
        this.#giveUpAll();
        return;
      }
      this.#timer ??= this.#clock.after(this.#deadlineMs, () => this.#expire(), true);
      this.#pump();
    });
  }

  /** What is still under way is given up. Idempotent. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.#unlisten();
    this.#timer?.cancel();
    this.#giveUpAll();
    await this.#channel.close();
  }

  #pump(): void {
    const channel = this.#channel.current;
    if (channel === undefined) {
      if (this.#waiting.size > 0) void this.#openChannel();
      return;
    }
    while (this.#waiting.size > 0 && this.#inFlight.size < this.#window && !this.#isFull) {
      if (this.#connection.blocked !== undefined) return;
      const letter = this.#waiting.shift()!;
      if (!letter.answered && !this.#send(channel, letter)) return;
    }
  }

  /** `false` where the channel has turned out to be closed. */
  #send(channel: ConfirmChannel, letter: Letter): boolean {
    const { exchange, routingKey, body, options } = letter.outgoing;
    letter.returned = false;
    this.#inFlight.add(letter);
    try {
      this.#isFull = !channel.publish(exchange, routingKey, body, options, (error) => this.#confirmed(letter, error));
      letter.sent = true;
      return true;
    } catch (error) {
      this.#inFlight.delete(letter);
      if ((error as Error).name === "IllegalOperationError") {
        this.#waiting.unshift(letter);
        return false;
      }
      this.#answer(letter, { status: "error", error: unsendable(error as Error) });
      return true;
    }
  }

  #confirmed(letter: Letter, error: Error | null): void {
    this.#inFlight.delete(letter);
    if (error === null) {
      if (letter.returned) this.#unroutable(letter);
      else this.#answer(letter, published);
    } else if (error.message === "message nacked") {
      this.#fail(
        letter,
        "ERR_BROKER",
        "RabbitMQ refused the message.",
        "Its queue is full (x-max-length with x-overflow), or could not store it.",
      );
    } else {
      this.#broken.push(letter);
      return;
    }
    this.#pump();
  }

  /** RabbitMQ says so before it confirms. Of two messages with one id to one place the same is true. */
  #returned({ fields, properties }: Message): void {
    const { exchange, routingKey } = fields;
    for (const letter of this.#inFlight) {
      const { outgoing } = letter;
      if (
        outgoing.options.messageId === properties.messageId &&
        outgoing.routingKey === routingKey &&
        outgoing.exchange === exchange
      ) {
        letter.returned = true;
      }
    }
  }

  #unroutable(letter: Letter): void {
    const { exchange, routingKey, restore } = letter.outgoing;
    if (restore === undefined || letter.restored) {
      const hint = "Declare the queue, or bind one that takes this routing key (amqp.binding_key, amqp.queue_binding_args).";
      this.#fail(
        letter,
        "ERR_UNROUTABLE",
        `no queue takes messages of exchange "${exchange}" with routing key "${routingKey}".`,
        hint,
      );
      return;
    }
    letter.restored = true;
    letter.sent = false;
    restore().then(
      () => {
        this.#waiting.push(letter);
        this.#pump();
      },
      (error) => this.#answer(letter, { status: "error", error: amqpFailure(error, this.#connection.place) }),
    );
  }

  /** The channel is gone: what it had is to be sent again. */
  #lost(refusal: Error | undefined): void {
    this.#lastFailure = refusal;
    this.#isFull = false;
    const broken = this.#broken;
    this.#broken = [];
    const mostBytes = mostBytesIn(refusal);
    for (let i = broken.length - 1; i >= 0; i--) {
      const letter = broken[i]!;
      if (letter.outgoing.body.length > mostBytes) this.#answer(letter, { status: "error", error: tooLarge(letter, mostBytes) });
      else if (!letter.answered) this.#waiting.unshift(letter);
    }
    this.#pump();
  }

  async #openChannel(): Promise<void> {
    if (this.#opening) return;
    this.#opening = true;
    try {
      for (let failures = 0; this.#waiting.size > 0 && !this.#closing.signal.aborted; failures++) {
        // RabbitMQ has closed it for something that was sent: not at once the same again.
        if (this.#lastFailure !== undefined || failures > 0) {
          await delay(this.#clock, backoffMs(failures, reopenBackoff), this.#closing.signal, true);
        }
        try {
          await this.#channel.get();
          this.#lastFailure = undefined;
          break;
        } catch (error) {
          this.#lastFailure = error as Error;
        }
      }
    } finally {
      this.#opening = false;
    }
    if (this.#channel.current !== undefined) this.#pump();
  }

  /** Gives up those whose time is over, and comes again for the next. */
  #expire(): void {
    this.#timer = undefined;
    const now = this.#clock.now();
    let next = Number.POSITIVE_INFINITY;
    const look = (letter: Letter): void => {
      if (letter.answered) return;
      if (letter.deadline <= now) this.#giveUp(letter);
      else next = Math.min(next, letter.deadline);
    };
    for (const letter of this.#waiting.first(this.#waiting.size)) look(letter);
    while (this.#waiting.size > 0 && this.#waiting.first(1)[0]!.answered) this.#waiting.shift();
    for (const letter of [...this.#inFlight]) look(letter);
    if (next < Number.POSITIVE_INFINITY) this.#timer = this.#clock.after(next - now, () => this.#expire(), true);
  }

  #giveUpAll(): void {
    for (let letter = this.#waiting.shift(); letter !== undefined; letter = this.#waiting.shift()) this.#giveUp(letter);
    for (const letter of [...this.#inFlight]) this.#giveUp(letter);
  }

  #giveUp(letter: Letter): void {
    if (letter.answered) return;
    const { place, blocked } = this.#connection;
    const cause = this.#lastFailure;
    if (letter.sent) {
      const error = new MachineryError("ERR_AMBIGUOUS", "RabbitMQ has not said whether it has the message.", {
        at: place,
        hint: "Send it again: that is safe.",
        ...(cause && { cause }),
      });
      this.#answer(letter, { status: "ambiguous", error });
    } else if (this.#closing.signal.aborted) {
      this.#fail(letter, "ERR_CLOSED", "the broker was closed before the message was sent.");
    } else if (blocked !== undefined) {
      const hint = "Give it memory or disk (its alarms are in `rabbitmqctl status`), or have workers take messages off it.";
      this.#fail(letter, "ERR_BROKER_BLOCKED", `RabbitMQ takes no messages now: ${blocked}.`, hint);
    } else {
      const reason = cause === undefined ? "" : ` ${cause.message}`;
      this.#fail(letter, "ERR_BROKER", `the message could not be sent within ${this.#deadlineMs} ms.${reason}`);
    }
  }

  #fail(letter: Letter, code: ErrorCode, what: string, hint?: string): void {
    const error = new MachineryError(code, what, { at: this.#connection.place, ...(hint !== undefined && { hint }) });
    this.#answer(letter, { status: "error", error });
  }

  #answer(letter: Letter, outcome: PublishOutcome): void {
    if (letter.answered) return;
    letter.answered = true;
    const { batch, index } = letter;
    batch.outcomes[index] = outcome;
    if (--batch.left === 0) batch.resolve(batch.outcomes);
  }
}
