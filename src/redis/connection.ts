import type { Cluster, Redis } from "ioredis";
import { backoffMs } from "../util/backoff.js";
import { type Clock, delay, systemClock } from "../util/clock.js";

export interface ConnectionParts<C extends Redis | Cluster> {
  /** A client that has not connected yet. */
  make(): C | Promise<C>;
  /** What must be said on a new connection before anybody uses it. */
  prepare?(client: C): Promise<void>;
  /** Told when it is ready, again and again. */
  readonly onReady?: (client: C) => void;
  readonly connectMs: number;
}

interface Waiter<C> {
  resolve(client: C): void;
  reject(error: unknown): void;
  /** Wants to know of the next failure, not only of success. */
  readonly impatient: boolean;
}

const firstPauseMs = 50;
const longestPauseMs = 1_000;
const clock: Clock = systemClock;

/**
 * A connection that comes back: it connects, and whenever it breaks, connects anew with a new client after a short pause of 1 second at
 * most. It sends nothing again, and holds nothing back for later: who needs it asks for the client each time.
 */
export class Connection<C extends Redis | Cluster> {
  readonly #parts: ConnectionParts<C>;
  readonly #closing = new AbortController();
  readonly #waiters = new Set<Waiter<C>>();
  #client: C | undefined;
  #error: unknown;
  #running: Promise<void> | undefined;

  constructor(parts: ConnectionParts<C>) {
    this.#parts = parts;
  }

  /** The client, if it is connected at this moment. */
  get client(): C | undefined {
    const client = this.#client;
    if (client?.status !== "ready") return undefined;
    // A stream that has ended is one before the client knows: it would refuse each command at once, until the event loop turns.
    return client.isCluster || (client as Redis).stream.writable ? client : undefined;
  }

  /** The client, as soon as it is connected. Rejects with the last failure if that takes longer than `ms`; `0`: after the first failure. */
  ready(ms: number): Promise<C> {
    const { client } = this;
    if (client !== undefined) return Promise.resolve(client);
    if (this.#closing.signal.aborted) return Promise.reject(new Error("The connection was closed."));
    this.#running ??= this.#run();
    return new Promise((resolve, reject) => {
      const timer =
        ms > 0 ? clock.after(ms, () => waiter.reject(this.#error ?? new Error(`No connection within ${ms} ms.`)), true) : undefined;
      const settle = <T>(how: (value: T) => void) => {
        return (value: T): void => {
          timer?.cancel();
          this.#waiters.delete(waiter);
          how(value);
        };
      };
      const waiter: Waiter<C> = { resolve: settle(resolve), reject: settle(reject), impatient: ms === 0 };
      this.#waiters.add(waiter);
    });
  }

  /** Breaks the connection, since it is silent or leads to the wrong place; it comes back by itself. */
  drop(): void {
    if (this.#client !== undefined) breakOff(this.#client);
    this.#client = undefined;
  }

  /** Breaks the connection unless it leads there. */
  dropUnlessAt(address: string, port: number): void {
    const stream = (this.#client as Redis | undefined)?.stream;
    if (stream?.remoteAddress !== address || stream.remotePort !== port) this.drop();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.drop();
    for (const waiter of this.#waiters) waiter.reject(new Error("The connection was closed."));
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    for (let failures = 0; !signal.aborted; ) {
      try {
        await this.#connectOnce(() => {
          failures = 0;
        });
      } catch (error) {
        this.#error = error;
        for (const waiter of this.#waiters) if (waiter.impatient) waiter.reject(error);
      }
      this.#client = undefined;
      await delay(clock, backoffMs(failures++, { baseMs: firstPauseMs, maxMs: longestPauseMs }), signal);
    }
  }

  /** Resolves when the connection has broken again; rejects if it did not come about. */
  async #connectOnce(onSuccess: () => void): Promise<void> {
    const { make, prepare, onReady, connectMs } = this.#parts;
    const client = await make();
    const { signal } = this.#closing;
    const giveUp = (): void => breakOff(client);
    // Nothing else says why a connection did not come about, and without a listener ioredis prints it.
    let said: unknown;
    const hear = (error: unknown): void => {
      said = error;
    };
    client.on("error", hear);
    if (client.isCluster) client.on("node error", hear);
    const ended = new Promise<void>((resolve) => client.once("end", resolve));
    const deadline = clock.after(connectMs, () => {
      said ??= new Error(`No answer within ${connectMs} ms.`);
      giveUp();
    });
    signal.addEventListener("abort", giveUp);
    try {
      if (signal.aborted) return;
      // A cluster that is not in order ends, and leaves its promise open.
      await Promise.race([client.connect(), ended]);
      if (client.status !== "ready") throw new Error("The connection was closed by the server.");
      // A database that does not exist is only said, and the connection would go on in database 0.
      if (said !== undefined && !client.isCluster) throw said;
      await prepare?.(client);
      deadline.cancel();
      onSuccess();
      this.#client = client;
      onReady?.(client);
      for (const waiter of [...this.#waiters]) waiter.resolve(client);
      await ended;
    } catch (error) {
      throw said ?? error;
    } finally {
      deadline.cancel();
      signal.removeEventListener("abort", giveUp);
      breakOff(client);
    }
  }
}

/** Ends a client for good. By itself it would say goodbye and wait for the other side's, which a side that is gone never says. */
function breakOff(client: Redis | Cluster): void {
  // Of one that has ended ioredis would wait two seconds for the end once more, and keep the process alive.
  if (client.status === "end") return;
  const nodes = client.isCluster ? (client as Cluster).nodes() : [client as Redis];
  client.disconnect();
  for (const { stream } of nodes) stream?.destroy();
}
