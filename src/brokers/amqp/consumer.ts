import type { AmqpConnection } from "../../amqp/connection.js";
import type { Publisher } from "../../amqp/publisher.js";
import { answerMs, timed } from "../../amqp/timed.js";
import { MachineryError } from "../../errors.js";
import type { ConsumeOptions, Consumer, Delivery, Settlement, SettleOutcome } from "../broker.js";
import { Arrivals } from "./arrivals.js";
import { Claim } from "./claim.js";
import { ConsumerChannel } from "./consumer-channel.js";
import type { Copies } from "./copies.js";
import { Idleness } from "./idleness.js";
import type { Looks } from "./looks.js";
import { isShortDelay, Postponed } from "./postponed.js";
import { Replacing } from "./replacing.js";
import type { ServerLife } from "./server-life.js";
import { Subscriptions } from "./subscriptions.js";
import type { Topology } from "./topology.js";

/** Of no more than this a part is not worth a round trip of its own. */
const smallBatch = 25;

export interface AmqpConsumerParts {
  readonly connection: AmqpConnection;
  readonly publisher: Publisher;
  readonly topology: Topology;
  readonly copies: Copies;
  readonly looks: Looks;
  readonly life: ServerLife;
}

/** One worker's claims: a channel, and a subscription to each of its queues. RabbitMQ sends as much as the capacity allows. */
export class AmqpConsumer implements Consumer {
  readonly #parts: AmqpConsumerParts;
  readonly #options: ConsumeOptions;
  readonly #onClose: (consumer: AmqpConsumer) => void;
  readonly #channel: ConsumerChannel;
  readonly #subscriptions: Subscriptions;
  readonly #held = new Set<Claim>();
  readonly #arrivals: Arrivals;
  readonly #replacing: Replacing;
  readonly #postponed: Postponed;
  readonly #idleness: Idleness;
  #taking = false;
  #wake: (() => void) | undefined;
  #isAbandoned = false;
  #closing: Promise<void> | undefined;

  constructor(parts: AmqpConsumerParts, options: ConsumeOptions, onClose: (consumer: AmqpConsumer) => void) {
    this.#parts = parts;
    this.#options = options;
    this.#onClose = onClose;
    const { connection, topology } = parts;
    const { clock } = connection;
    this.#channel = new ConsumerChannel(connection, options.capacity, () => this.#lost());
    this.#arrivals = new Arrivals({
      ...parts,
      clock,
      channel: this.#channel,
      onClaim: (subscription, claim) => {
        subscription.waiting.push(claim);
        this.#subscriptions.arrived();
      },
    });
    this.#replacing = new Replacing({ ...parts, clock, channel: this.#channel });
    this.#subscriptions = new Subscriptions(
      [...new Set(options.queues)].map((name) => ({ name, queue: topology.resolve(name) })),
      (subscription, message, channel) => this.#arrivals.add(subscription, message, channel),
      () => this.#wake?.(),
    );
    this.#postponed = new Postponed(clock, (claim) => {
      this.#subscriptions.named(claim.queue)!.waiting.push(claim);
      this.#subscriptions.arrived();
      this.#idleness.watch();
    });
    this.#idleness = new Idleness(
      clock,
      () => this.#taking || this.#isAbandoned,
      () => void this.rest(),
    );
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
        // What has come until now goes back.
        if (this.#closing !== undefined) return [];
        const claims = this.#handOut(max);
        if (claims.length > 0 || signal?.aborted) return claims;
        if (!this.#isAbandoned && !this.#subscriptions.isComplete) {
          await this.#subscribed(signal);
          continue;
        }
        if (this.#subscriptions.waiting === 0 || this.#held.size >= this.#options.capacity) await this.#woken(signal);
      }
    } finally {
      signal?.removeEventListener("abort", onAbort);
      this.#taking = false;
      this.#idleness.watch();
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
    if (replaced !== undefined) await this.#replacing.replace(replaced);
    const ended: Claim[] = [];
    for (const i of ours) {
      const settlement = settlements[i]!;
      const claim = settlement.delivery as Claim;
      this.#held.delete(claim);
      if (!this.#channel.has(claim)) continue;
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
    await this.#arrivals.through();
    const claims = this.#subscriptions.takeAll();
    try {
      await this.#replacing.giveBack(claims);
    } catch {
      // They stay here, for the next take.
      for (const claim of claims) {
        if (this.#channel.has(claim)) this.#subscriptions.named(claim.queue)!.waiting.push(claim);
      }
      this.#subscriptions.arrived();
    }
  }

  close(): Promise<void> {
    if (this.#closing === undefined) {
      this.#closing = this.#close();
      // Who waits sees only now that it closes.
      this.#wake?.();
    }
    return this.#closing;
  }

  /**
   * Falls silent like a process that was killed or suspended: RabbitMQ gives back all that it holds, and a waiting `take` gets nothing. A
   * process that goes on after all calls `take` or `settle` again. For tests.
   */
  async abandon(): Promise<void> {
    this.#isAbandoned = true;
    this.#idleness.stop();
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
    this.#idleness.close();
    await this.#cancel();
    await this.#arrivals.through();
    const claims = [...this.#held, ...this.#subscriptions.takeAll()];
    await this.#replacing.giveBack(claims, this.#postponed.takeAll());
    this.#held.clear();
    await this.#channel.close();
    this.#onClose(this);
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
    if (!this.#taking) return this.#idleness.watch();
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

  #postpone(claim: Claim, until: number): void {
    // The claim has ended: what comes again is another one.
    this.#postponed.add(new Claim(claim.queue, claim.message, claim.channel, claim.crashes), until);
  }

  /** How many of them it was not too late for. */
  #acknowledge(claims: readonly Claim[]): number {
    return this.#channel.acknowledge(claims);
  }

  /** What RabbitMQ had sent before it answers has arrived here before the answer. */
  async #flush(queue: string): Promise<void> {
    const channel = this.#channel.current;
    if (channel === undefined || this.#subscriptions.of(queue)?.tag === undefined) return;
    const { connection } = this.#parts;
    await timed(connection.clock, answerMs, connection.place, "counting", channel.checkQueue(queue)).catch(() => {});
    await this.#arrivals.through();
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
}
