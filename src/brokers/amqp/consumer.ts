import type { Channel, ConsumeMessage } from "amqplib";
import type { AmqpConnection } from "../../amqp/connection.js";
import type { Publisher } from "../../amqp/publisher.js";
import { SupervisedChannel } from "../../amqp/supervised-channel.js";
import { answerMs, timed } from "../../amqp/timed.js";
import { MachineryError } from "../../errors.js";
import type { Timer } from "../../util/clock.js";
import type { ConsumeOptions, Consumer, Delivery, Settlement, SettleOutcome } from "../broker.js";
import { Acknowledgements } from "./acknowledgements.js";
import { Claim } from "./claim.js";
import type { Copies } from "./copies.js";
import { noted, readCount } from "./headers.js";
import type { Looks } from "./looks.js";
import { isShortDelay, Postponed } from "./postponed.js";
import type { Subscription } from "./subscription.js";
import { Subscriptions } from "./subscriptions.js";
import type { Topology } from "./topology.js";

/**
 * After how long without a `take` what was sent ahead goes back, for others to have, in milliseconds. Not at once, when a take is
 * aborted: of what is under way while a subscription ends, a quorum queue says that somebody had it.
 */
const idleMs = 250;
const mostPrefetch = 65_535;
/** Of no more than this a part is not worth a round trip of its own. */
const smallBatch = 25;

export interface AmqpConsumerParts {
  readonly connection: AmqpConnection;
  readonly publisher: Publisher;
  readonly topology: Topology;
  readonly copies: Copies;
  readonly looks: Looks;
}

/** One worker's claims: a channel, and a subscription to each of its queues. RabbitMQ sends as much as the capacity allows. */
export class AmqpConsumer implements Consumer {
  readonly #parts: AmqpConsumerParts;
  readonly #options: ConsumeOptions;
  readonly #onClose: (consumer: AmqpConsumer) => void;
  readonly #channel: SupervisedChannel<Channel>;
  readonly #subscriptions: Subscriptions;
  readonly #held = new Set<Claim>();
  #acknowledgements: Acknowledgements | undefined;
  readonly #postponed: Postponed;
  /** Being counted or put off, and not to be handed out; by message id. */
  readonly #diverted = new Map<string, Promise<void>>();
  #taking = false;
  #wake: (() => void) | undefined;
  #isAbandoned = false;
  #idleTimer: Timer | undefined;
  #lastTake = 0;
  #closing: Promise<void> | undefined;

  constructor(parts: AmqpConsumerParts, options: ConsumeOptions, onClose: (consumer: AmqpConsumer) => void) {
    this.#parts = parts;
    this.#options = options;
    this.#onClose = onClose;
    const { connection, topology } = parts;
    this.#subscriptions = new Subscriptions(
      [...new Set(options.queues)].map((name) => ({ name, queue: topology.resolve(name) })),
      (subscription, message, channel) => this.#arrived(subscription, message, channel),
      () => this.#wake?.(),
    );
    this.#postponed = new Postponed(connection.clock, (claim) => {
      this.#subscriptions.named(claim.queue)!.waiting.push(claim);
      this.#subscriptions.arrived();
      this.#watchIdleness();
    });
    this.#channel = new SupervisedChannel(connection, {
      open: (model) => model.createChannel(),
      setUp: async (channel) => {
        this.#acknowledgements = new Acknowledgements(channel);
        await channel.prefetch(Math.min(options.capacity, mostPrefetch));
      },
      lost: () => this.#lost(),
    });
  }

  async take(max: number, signal?: AbortSignal): Promise<Delivery[]> {
    if (this.#closing !== undefined || signal?.aborted) return [];
    if (this.#taking) throw new MachineryError("ERR_BROKER", "Another take of this consumer still waits: one call at a time.");
    this.#taking = true;
    this.#isAbandoned = false;
    const onAbort = (): void => this.#wake?.();
    signal?.addEventListener("abort", onAbort);
    try {
      for (;;) {
        if (signal?.aborted) return this.#handOut(max);
        const claims = this.#handOut(max);
        if (claims.length > 0 || this.#closing !== undefined) return claims;
        if (!this.#isAbandoned && !this.#subscriptions.isComplete) {
          await this.#subscribed(signal);
          continue;
        }
        if (this.#subscriptions.waiting === 0 || this.#held.size >= this.#options.capacity) await this.#woken(signal);
      }
    } finally {
      signal?.removeEventListener("abort", onAbort);
      this.#taking = false;
      this.#watchIdleness();
    }
  }

  async settle(settlements: readonly Settlement[]): Promise<SettleOutcome[]> {
    for (const settlement of settlements) {
      if (settlement.as === "delay" && settlement.body?.byteLength === 0) {
        throw new MachineryError("ERR_BROKER", "A message cannot be replaced by an empty one.");
      }
    }
    const outcomes: SettleOutcome[] = new Array(settlements.length).fill("lost");
    const named = new Set<Claim>();
    const ours: number[] = [];
    let replaced: (Settlement & { delivery: Claim })[] | undefined;
    const now = this.#parts.connection.clock.now();
    for (let i = 0; i < settlements.length; i++) {
      const settlement = settlements[i]!;
      const claim = settlement.delivery as Claim;
      if (!this.#held.has(claim) || named.has(claim)) continue;
      named.add(claim);
      ours.push(i);
      if (settlement.as !== "ack" && !claim.isReplaced && !isShortDelay(settlement, now)) {
        replaced ??= [];
        replaced.push(settlement as Settlement & { delivery: Claim });
      }
    }
    // What takes a message's place is confirmed before the message is acknowledged: a crash in between leaves both.
    if (replaced !== undefined) await this.#replace(replaced);
    const ended: Claim[] = [];
    for (const i of ours) {
      const settlement = settlements[i]!;
      const claim = settlement.delivery as Claim;
      this.#held.delete(claim);
      if (claim.channel !== this.#channel.current) continue;
      outcomes[i] = "ok";
      if (isShortDelay(settlement, now)) this.#postpone(claim, settlement.until);
      else ended.push(claim);
    }
    this.#acknowledge(ended);
    this.#wake?.();
    return outcomes;
  }

  async rest(): Promise<void> {
    await this.#cancel();
    if (this.#taking || this.#closing !== undefined) return;
    await Promise.all(this.#diverted.values());
    const claims = this.#subscriptions.takeAll();
    try {
      await this.#giveBack(claims);
    } catch {
      // They stay here, for the next take.
      for (const claim of claims) {
        if (claim.channel === this.#channel.current) this.#subscriptions.named(claim.queue)!.waiting.push(claim);
      }
      this.#subscriptions.arrived();
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /**
   * Falls silent like a process that was killed or suspended: RabbitMQ gives back all that it holds, and a waiting `take` gets nothing. A
   * process that goes on after all calls `take` or `settle` again. For tests.
   */
  async abandon(): Promise<void> {
    this.#isAbandoned = true;
    this.#idleTimer?.cancel();
    this.#idleTimer = undefined;
    await this.#channel.abandon();
    this.#lost();
  }

  /** How many messages of a queue were sent ahead and wait for a `take`. Asks RabbitMQ, so that none is still on its way. */
  async countWaiting(queue: string): Promise<number> {
    await this.#flush(queue);
    return this.#subscriptions.of(queue)?.waiting.size ?? 0;
  }

  /** Deletes these; how many. */
  async purgeWaiting(queue: string): Promise<number> {
    await this.#flush(queue);
    const waiting = this.#subscriptions.of(queue)?.takeAll() ?? [];
    return this.#acknowledge(waiting);
  }

  async #close(): Promise<void> {
    this.#idleTimer?.cancel();
    this.#wake?.();
    await this.#cancel();
    await Promise.all(this.#diverted.values());
    const claims = [...this.#held, ...this.#subscriptions.takeAll()];
    await this.#giveBack(claims, this.#postponed.takeAll());
    this.#held.clear();
    await this.#channel.close();
    this.#onClose(this);
  }

  #arrived(subscription: Subscription, message: ConsumeMessage, channel: Channel): void {
    const { headers, messageId } = message.properties;
    const diverted = this.#diverted.size > 0 ? this.#diverted.get(messageId ?? "") : undefined;
    if (diverted !== undefined) {
      // It takes the place of one that is not acknowledged yet: handed out now, both would come back from a crash.
      void diverted.then(() => {
        if (channel === this.#channel.current) this.#arrived(subscription, message, channel);
      });
      return;
    }
    const delivered = headers?.["x-delivery-count"];
    let crashes = readCount(headers, noted.crashes);
    if (delivered !== undefined) crashes += readCount(headers, "x-delivery-count");
    const claim = new Claim(subscription.name, message, channel, crashes);
    if (headers?.[noted.notBefore] !== undefined) {
      const until = readCount(headers, noted.notBefore);
      const now = this.#parts.connection.clock.now();
      if (until > now) {
        this.#divert(subscription, claim, () => this.#parts.copies.delayed(claim, until, now, claim.body));
        return;
      }
    }
    const isSuspect = message.fields.redelivered && delivered === undefined && !this.#parts.looks.forgive(message);
    if (isSuspect) {
      // Somebody had it and did not end it. On a classic queue only a copy can say how often.
      const counted = new Claim(subscription.name, message, channel, crashes + 1);
      this.#divert(subscription, counted, async () => this.#parts.copies.again(subscription.queue, message, crashes + 1));
      return;
    }
    subscription.waiting.push(claim);
    this.#subscriptions.arrived();
  }

  /** Publishes another message in its place, and acknowledges it; hands it out where that fails. */
  #divert(subscription: Subscription, claim: Claim, copy: () => ReturnType<Copies["delayed"]>): void {
    const diverted = (async () => {
      try {
        const [outcome] = await this.#parts.publisher.publish([await copy()]);
        if (outcome!.status === "ok") {
          this.#acknowledge([claim]);
          return;
        }
      } catch {
        // As if it had not been published.
      }
      if (claim.channel !== this.#channel.current) return;
      subscription.waiting.push(claim);
      this.#subscriptions.arrived();
    })();
    const id = claim.message.properties.messageId ?? "";
    this.#diverted.set(id, diverted);
    void diverted.finally(() => {
      if (this.#diverted.get(id) === diverted) this.#diverted.delete(id);
    });
  }

  #handOut(max: number): Claim[] {
    const { capacity } = this.#options;
    // Half of the room at a time: while what is done with one half is stored and acknowledged, the other half is worked on.
    const most = Math.max(Math.ceil(capacity / 2), smallBatch);
    const claims = this.#subscriptions.next(Math.min(max, capacity - this.#held.size, most));
    for (const claim of claims) this.#held.add(claim);
    return claims;
  }

  /** Resolves early where the take is to end: a RabbitMQ that is down is not waited for. */
  #subscribed(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#wake = () => {
        if (signal?.aborted || this.#closing !== undefined) resolve();
      };
      this.#subscribe().then(resolve, reject);
    });
  }

  async #subscribe(): Promise<void> {
    const channel = await this.#channel.get();
    const { connection, topology } = this.#parts;
    if (this.#subscriptions.isComplete) return;
    if (!this.#taking) return this.#watchIdleness();
    const subscribing = this.#subscriptions.subscribe(channel);
    try {
      await timed(connection.clock, answerMs, connection.place, "subscribing to queues", subscribing);
    } catch (error) {
      // A queue that is not there closes the channel; the next try finds it declared.
      await topology.declare(this.#options.queues);
      if (this.#channel.current === channel) throw error;
    }
  }

  async #cancel(): Promise<void> {
    const channel = this.#channel.current;
    if (channel === undefined) return;
    const { connection } = this.#parts;
    try {
      await timed(connection.clock, answerMs, connection.place, "ending subscriptions", this.#subscriptions.cancel(channel));
    } catch {
      // The channel is gone, and they with it.
    }
  }

  async #replace(settlements: readonly (Settlement & { delivery: Claim })[]): Promise<void> {
    const { copies, publisher, connection } = this.#parts;
    const now = connection.clock.now();
    const outgoing = await Promise.all(settlements.map((settlement) => copies.inPlace(settlement, now)));
    const outcomes = await publisher.publish(outgoing);
    let failure: Error | undefined;
    for (let i = 0; i < outcomes.length; i++) {
      const outcome = outcomes[i]!;
      if (outcome.status === "ok") settlements[i]!.delivery.isReplaced = true;
      else failure ??= outcome.error;
    }
    if (failure !== undefined) throw failure;
  }

  #postpone(claim: Claim, until: number): void {
    // The claim has ended: what comes again is another one.
    this.#postponed.add(new Claim(claim.queue, claim.message, claim.channel, claim.crashes), until);
  }

  /** How many of them it was not too late for: claims end with their channel. */
  #acknowledge(claims: readonly Claim[]): number {
    const ours = claims.filter(({ channel }) => channel === this.#channel.current);
    if (ours.length > 0) this.#acknowledgements!.add(ours);
    return ours.length;
  }

  /**
   * Copies of them go to their queues' tails, since RabbitMQ would note of those that it takes back that somebody had them, and no
   * consumer could tell that from a crash.
   */
  async #giveBack(claims: readonly Claim[], postponed: readonly (readonly [Claim, until: number])[] = []): Promise<void> {
    const { copies, publisher, topology, connection } = this.#parts;
    const dueAt = new Map(postponed);
    const back = [...claims, ...dueAt.keys()]
      .filter(({ channel }) => channel === this.#channel.current)
      .sort((a, b) => a.tag - b.tag);
    if (back.length === 0) return;
    const missing = back.filter(({ isReplaced }) => !isReplaced);
    const now = connection.clock.now();
    const again = missing.map((claim) => {
      const until = dueAt.get(claim);
      const atOnce = () => copies.again(topology.resolve(claim.queue), claim.message, claim.crashes);
      return until === undefined ? atOnce() : copies.delayed(claim, until, now, claim.body).catch(atOnce);
    });
    const outcomes = await publisher.publish(await Promise.all(again));
    for (let i = 0; i < missing.length; i++) missing[i]!.isReplaced = outcomes[i]!.status === "ok";
    this.#acknowledge(back.filter(({ isReplaced }) => isReplaced));
    for (const claim of back) {
      if (!claim.isReplaced && claim.channel === this.#channel.current) this.#acknowledgements!.giveBack(claim);
    }
  }

  /** What RabbitMQ had sent before it answers has arrived here before the answer. */
  async #flush(queue: string): Promise<void> {
    const channel = this.#channel.current;
    if (channel === undefined || this.#subscriptions.of(queue)?.tag === undefined) return;
    const { connection } = this.#parts;
    await timed(connection.clock, answerMs, connection.place, "counting", channel.checkQueue(queue)).catch(() => {});
    await Promise.all(this.#diverted.values());
  }

  #lost(): void {
    this.#subscriptions.reset();
    this.#postponed.takeAll();
    const lost = [...this.#held];
    this.#held.clear();
    if (lost.length > 0) this.#options.onLost?.(lost);
    this.#wake?.();
  }

  #woken(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted || this.#closing !== undefined) return resolve();
      this.#wake = () => {
        // One that was abandoned waits until somebody uses it again.
        if (this.#isAbandoned && this.#closing === undefined && !signal?.aborted) return;
        this.#wake = undefined;
        resolve();
      };
    });
  }

  /** Who asks for no more is sent no more: others may be waiting for it. */
  #watchIdleness(): void {
    const { clock } = this.#parts.connection;
    this.#lastTake = clock.now();
    if (this.#closing !== undefined) return;
    this.#idleTimer ??= clock.after(idleMs, () => {
      this.#idleTimer = undefined;
      if (this.#taking || this.#closing !== undefined || this.#isAbandoned) return;
      if (clock.now() - this.#lastTake < idleMs) this.#watchIdleness();
      else void this.rest();
    });
  }
}
