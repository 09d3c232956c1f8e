import type { Redis } from "ioredis";
import { type Clock, systemClock, type Timer } from "../util/clock.js";
import { Connection } from "./connection.js";

/** A message of a channel; of keys that have changed, a list of them, or `null` for all. */
export type SubscriberMessage = Buffer | readonly Buffer[] | null;
export type ChannelListener = (message: SubscriberMessage) => void;

/** What the server tells of changed keys on, to connections that speak RESP2. Every subscriber hears it anyway. */
export const INVALIDATIONS = "__redis__:invalidate";

export interface SubscriberParts {
  /** A client for the node that holds this key, or for any if there is none. */
  makeClient(key: string | undefined): Redis | Promise<Redis>;
  readonly connectMs: number;
  readonly answerMs: number;
}

/**
 * The one connection of a process on which a Redis tells it things: published messages, and changes of keys. It connects with its first
 * use, subscribes anew whenever it comes back, and then tells those who must know that they may have missed something.
 */
export class Subscriber {
  readonly #parts: SubscriberParts;
  readonly #clock: Clock = systemClock;
  readonly #connection: Connection<Redis>;
  readonly #channels = new Map<string, Set<ChannelListener>>();
  readonly #resets = new Set<() => void>();
  readonly #changes = new Map<string, Set<() => void>>();
  #id = 0;
  #tracks = false;
  #pulse: Timer | undefined;

  constructor(parts: SubscriberParts) {
    this.#parts = parts;
    this.#connection = new Connection<Redis>({
      make: () => parts.makeClient(this.#changes.keys().next().value),
      prepare: (client) => this.#prepare(client),
      onReady: () => this.#tellReset(),
      connectMs: parts.connectMs,
    });
  }

  /** The connection's number on its server, for `CLIENT TRACKING ... REDIRECT`; 0 while it is not connected. Another one after each reset. */
  get id(): number {
    return this.#connection.client === undefined ? 0 : this.#id;
  }

  /** Whether changes of keys are told at this moment: a server may be too old for it, or forbid it. */
  get tracks(): boolean {
    return this.#tracks && this.#connection.client !== undefined;
  }

  /** Connects, if it is not connected. */
  async connect(): Promise<void> {
    await this.#connection.ready(this.#parts.connectMs);
  }

  /**
   * Hears a channel, from the moment this resolves until the function it resolves to is called. Rejects if there is no connection in
   * time.
   */
  async subscribe(channel: string, listener: ChannelListener): Promise<() => void> {
    let listeners = this.#channels.get(channel);
    if (listeners === undefined) {
      listeners = new Set();
      this.#channels.set(channel, listeners);
    }
    listeners.add(listener);
    const stop = (): void => {
      if (!listeners.delete(listener) || listeners.size > 0 || this.#channels.get(channel) !== listeners) return;
      this.#channels.delete(channel);
      if (channel !== INVALIDATIONS) this.#connection.client?.unsubscribe(channel).catch(() => {});
    };
    try {
      const client = await this.#connection.ready(this.#parts.connectMs);
      // Subscribing twice is harmless, and the answer says that the first one is through as well.
      await client.subscribe(channel);
      return stop;
    } catch (error) {
      stop();
      throw error;
    }
  }

  /** Hears when the key `key`, or one that begins with it, is changed by anybody: many changes at once may be told as one. */
  onChange(key: string, listener: () => void): () => void {
    let listeners = this.#changes.get(key);
    if (listeners === undefined) {
      listeners = new Set();
      this.#changes.set(key, listeners);
      // What is told has to be said before the first subscription of a connection.
      this.#connection.drop();
    }
    listeners.add(listener);
    void this.connect().catch(() => {});
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#changes.get(key) === listeners) this.#changes.delete(key);
    };
  }

  /** Hears when the connection has come (back): what was told in between is lost. */
  onReset(listener: () => void): () => void {
    this.#resets.add(listener);
    return () => this.#resets.delete(listener);
  }

  /** The master is there from now on. */
  moveTo(address: string, port: number): void {
    this.#connection.dropUnlessAt(address, port);
  }

  async close(): Promise<void> {
    this.#pulse?.cancel();
    await this.#connection.close();
  }

  async #prepare(client: Redis): Promise<void> {
    client.on("messageBuffer", (channel: Buffer, message: SubscriberMessage) => this.#hear(String(channel), message));
    this.#tracks = false;
    const prefixes = [...this.#changes.keys()].flatMap((key) => ["PREFIX", key]);
    try {
      this.#id = Number(await client.call("CLIENT", "ID"));
      if (prefixes.length > 0) {
        await client.call("CLIENT", "TRACKING", "ON", "REDIRECT", this.#id, "BCAST", ...prefixes);
        this.#tracks = true;
      }
    } catch {
      // Without it there is only polling.
    }
    await client.subscribe(INVALIDATIONS, ...this.#channels.keys());
    this.#feelPulse(client);
  }

  /** A connection that broke without a word looks like one on which nothing happens, so that it is asked now and then. */
  #feelPulse(client: Redis): void {
    const { answerMs } = this.#parts;
    this.#pulse?.cancel();
    this.#pulse = this.#clock.after(answerMs, () => {
      if (this.#connection.client !== client) return;
      const silence = this.#clock.after(answerMs, () => this.#connection.drop());
      client.ping().then(
        () => {
          silence.cancel();
          this.#feelPulse(client);
        },
        () => silence.cancel(),
      );
    });
  }

  #hear(channel: string, message: SubscriberMessage): void {
    if (channel === INVALIDATIONS) this.#hearChanges(message);
    for (const listener of this.#channels.get(channel) ?? []) listener(message);
  }

  #hearChanges(message: SubscriberMessage): void {
    const keys = message === null || Buffer.isBuffer(message) ? undefined : message.map(String);
    for (const [prefix, listeners] of this.#changes) {
      if (keys?.every((key) => !key.startsWith(prefix))) continue;
      for (const listener of listeners) listener();
    }
  }

  #tellReset(): void {
    for (const listener of this.#resets) listener();
  }
}
