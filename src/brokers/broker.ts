/**
 * What the core asks of a broker. A broker moves bytes: it does not know what a signature is. Every verb takes a batch, so that
 * a batch costs one round trip. Time-outs, reconnecting and redelivery are the adapter's own business; the conformance suite
 * (`machinery-ts/testing/conformance`) says what each verb must hold.
 */
export interface Broker {
  readonly capabilities: BrokerCapabilities;
  /** Makes the queues ready for use. Idempotent. */
  declare(queues: readonly string[]): Promise<void>;
  /**
   * Appends the messages to their queues, in order; one outcome for each. Rejects only if the broker is closed (`ERR_CLOSED`). An
   * empty body is refused (outcome `error`): on AMQP it makes a Go worker drop every delivery that it holds.
   */
  publish(messages: readonly Message[]): Promise<PublishOutcome[]>;
  /** Opens a consumer: one worker's claim on messages, with a lease that the adapter keeps alive. */
  consume(options: ConsumeOptions): Promise<Consumer>;
  /** How many messages of a queue are where. */
  inspect(queue: string): Promise<QueueInfo>;
  /** Copies of up to `limit` messages, next one first, without consuming them. */
  peek(queue: string, where: MessagePlace, limit: number): Promise<StoredMessage[]>;
  /** Puts up to `limit` dead letters, oldest first, back at the tail of their queue, `crashes` at 0 again; how many it moved. */
  redrive(queue: string, limit: number): Promise<number>;
  /** Deletes every message of the queue in that place; how many. What is claimed stays. */
  purge(queue: string, where: MessagePlace): Promise<number>;
  /**
   * Tells whoever listens to a notice's topic now, in this process and in others, as soon as may be, and in the order in which this
   * broker was told. At most once: nothing is kept for those who listen later, and a connection that breaks may swallow it. Resolves
   * when the broker has the notices, or has given them up; rejects only if the broker is closed (`ERR_CLOSED`) or knows no notices.
   */
  notify(notices: readonly Notice[]): Promise<void>;
  /**
   * Hears of every notice of that topic, one's own as well, from the moment this resolves until it is closed; after a broken connection
   * it goes on by itself. The listener must not throw; it is never called inside `notify`.
   */
  listen(topic: string, listener: NoticeListener): Promise<Listening>;
  /**
   * Looks for what does not fit in how these queues are set up, changing nothing: a sentence or two for each, that says what to do.
   * Absent where there is nothing that could be set up wrongly.
   *
   * @param longestTaskMs how long the longest task may run, in milliseconds
   */
  examine?(queues: readonly string[], longestTaskMs?: number): Promise<readonly string[]>;
  /** Closes every consumer (what they hold goes back), every listener and the connection. Idempotent. */
  close(): Promise<void>;
}

/** Something that others should know now or never: that a task is to be cancelled, how far one has come. The core keeps to the bounds. */
export interface Notice {
  /** 1 to 240 characters of `A-Z a-z 0-9 . _ : -`. */
  readonly topic: string;
  /** 0 to 65,536 bytes. Not to be changed once it is told. */
  readonly body: Uint8Array;
}

/** @param body not to be changed: others may be given the same one */
export type NoticeListener = (body: Uint8Array) => void;

export interface Listening {
  /** Idempotent; what is told after this call is not heard. */
  close(): Promise<void>;
}

/**
 * What a broker can do; the record is frozen. What needs a `false` here is refused with `ERR_UNSUPPORTED`: a message by its outcome,
 * another call by rejecting.
 */
export interface BrokerCapabilities {
  /** `notBefore` is honoured. */
  readonly delayed: boolean;
  /** The finest delay it can tell apart, in milliseconds. */
  readonly delayResolutionMs: number;
  /** `priority` is honoured. */
  readonly priority: boolean;
  /** What was published survives a crash of the process that holds it. */
  readonly persistent: boolean;
  /** Other processes see the same queues. */
  readonly shared: boolean;
  /** `notify` reaches whoever listens. */
  readonly notices: boolean;
  /** A settlement that both ends a delivery and stores another (delay, dead letter) is one atomic step. */
  readonly atomicSettle: boolean;
  /** What is released, given back, or left by a consumer that died goes to the head of its queue. Where false, to the tail, in order. */
  readonly keepsPlace: boolean;
  /** `inspect` knows how many messages are claimed. */
  readonly countsClaimed: boolean;
  /** Delayed messages can be counted, peeked at and purged. */
  readonly showsDelayed: boolean;
  /** Pending messages can be peeked at. */
  readonly showsPending: boolean;
}

/** A message on its way to a queue. */
export interface Message {
  /** The task's UUID: for correlation and logs; the broker does not look for duplicates. */
  readonly id: string;
  readonly queue: string;
  /** Not to be changed once it is published: the broker may keep it as it is. */
  readonly body: Uint8Array;
  /** Milliseconds since the epoch before which nobody gets it; absent or in the past: at once. */
  readonly notBefore?: number;
  /** 0 (lowest, the default) to 255: a higher one comes first, equal ones in order. */
  readonly priority?: number;
}

/**
 * `ok`: the broker has it and will keep it. `ambiguous`: the connection broke before the answer, so that it may or may not be
 * there; publishing it again is safe, since workers end a task once. `error`: it is not there.
 */
export type PublishOutcome =
  | { readonly status: "ok" }
  | { readonly status: "ambiguous"; readonly error: Error }
  | { readonly status: "error"; readonly error: Error };

export interface ConsumeOptions {
  /** Queues that have messages are served in turn. */
  readonly queues: readonly string[];
  /** How many deliveries the consumer holds at once, at most (AMQP's prefetch): a `take` beyond it waits until one is settled. */
  readonly capacity: number;
  /** How long a claim lives without a sign of life from this process, in milliseconds. Default 30,000. */
  readonly leaseMs?: number;
  /** How often this process gives one, in milliseconds. Default, and at most: a third of the lease. */
  readonly heartbeatMs?: number;
  /**
   * Told once when claims were lost (the lease ran out, the connection broke), at the latest when a `settle` of one answers
   * `lost`: others may be running these tasks now. The consumer itself goes on with its next `take`.
   */
  readonly onLost?: (deliveries: readonly Delivery[]) => void;
}

export interface Consumer {
  /**
   * Claims up to `max` (1 or more) messages that are due, in queue order. Waits until there is at least one; resolves with none
   * only when `signal` is aborted or the consumer closed, and then has claimed none. One call at a time.
   */
  take(max: number, signal?: AbortSignal): Promise<Delivery[]>;
  /**
   * Ends claims, in order; one outcome for each. `lost`: the claim was no longer ours (lost, settled before, another consumer's, the
   * consumer closed), and nothing was changed.
   */
  settle(settlements: readonly Settlement[]): Promise<SettleOutcome[]>;
  /**
   * Lets go of what was sent ahead of any `take`, and is sent no more until the next one: this process's death is not to count as its
   * crash. Not while a `take` waits. Absent where nothing is sent ahead.
   */
  rest?(): Promise<void>;
  /** Gives back, at the head of their queues, all that is not settled, and leaves. Idempotent. */
  close(): Promise<void>;
}

/** A claimed message. The object itself is the claim: `settle` wants the same one back. */
export interface Delivery {
  readonly queue: string;
  /** Exactly the bytes that were published. */
  readonly body: Uint8Array;
  /** How many earlier claims on this message ended by their holder's death; `release` and `delay` neither add nor forget any. */
  readonly crashes: number;
}

export type Settlement =
  /** Done: delete it. */
  | { readonly delivery: Delivery; readonly as: "ack" }
  /** Not done, and not to blame: back to the head of its queue; what one call releases keeps its order there. */
  | { readonly delivery: Delivery; readonly as: "release" }
  /** Never to be run again by itself: keep it apart, with the reason, for people to look at. */
  | { readonly delivery: Delivery; readonly as: "dead"; readonly reason: string }
  /**
   * Replace it by `body` (default: itself; not empty), to come not before `until` (milliseconds since the epoch). With `leaves`, what its
   * holder dies of from now on is not to count as this message's crash.
   */
  | {
      readonly delivery: Delivery;
      readonly as: "delay";
      readonly until: number;
      readonly body?: Uint8Array;
      readonly leaves?: boolean;
    };

export type SettleOutcome = "ok" | "lost";

/** `pending`: due and unclaimed; `delayed`: not due yet; `dead`: dead letters. */
export type MessagePlace = "pending" | "delayed" | "dead";

export interface QueueInfo {
  readonly pending: number;
  /** `null` where the broker cannot tell (`showsDelayed`). */
  readonly delayed: number | null;
  /** `null` where the broker cannot tell (`countsClaimed`). */
  readonly claimed: number | null;
  readonly dead: number;
}

export interface StoredMessage {
  readonly queue: string;
  readonly body: Uint8Array;
  /** When it falls due (`delayed` only), milliseconds since the epoch. */
  readonly notBefore?: number;
  /** Why and when it was put aside (`dead` only). */
  readonly dead?: { readonly reason: string; readonly at: number };
}
