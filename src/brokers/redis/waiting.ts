import type { MachineryError } from "../../errors.js";
import type { RedisLink } from "../../redis/link.js";
import { type Clock, delay, systemClock } from "../../util/clock.js";
import type { QueueKeys } from "./queue-keys.js";
import { type Arrival, QueueWatch } from "./queue-watch.js";

export interface WaitingParts {
  readonly redis: RedisLink;
  readonly queues: readonly QueueKeys[];
  /** How often to look where the server refuses to wait, in milliseconds. */
  readonly pollMs: number;
  /** Told of each message that comes. */
  readonly onArrival: (keys: QueueKeys, arrival: Arrival) => void;
}

/** Waits on several queues at once. */
export class Waiting {
  readonly #parts: WaitingParts;
  readonly #clock: Clock = systemClock;
  readonly #watches: readonly QueueWatch[];
  #ended: AbortController | undefined;

  constructor(parts: WaitingParts) {
    this.#parts = parts;
    this.#watches = parts.queues.map((keys) => new QueueWatch(parts.redis, keys));
  }

  /** A message may have come, or may yet come, of which nobody here knows. */
  get doubtful(): boolean {
    return this.#watches.some((watch) => watch.doubtful);
  }

  /** The server has been asked. */
  clearDoubt(): void {
    for (const watch of this.#watches) watch.clearDoubt();
  }

  /**
   * Waits until a message has come, `ms` are over, or somebody says `end`. None comes after that. Several may come at once: one from each
   * queue. Rejects only for what will not pass by itself.
   */
  async wait(worker: string, ms: number): Promise<void> {
    const ended = this.#begin();
    const timer = this.#clock.after(ms, () => ended.abort());
    const waits = this.#watches.map((watch) => this.#waitOn(watch, worker, ended));
    await new Promise((resolve) => ended.signal.addEventListener("abort", resolve, { once: true }));
    timer.cancel();
    await Promise.all(this.#watches.map((watch) => watch.end()));
    const outcomes = await Promise.all(waits);
    if (outcomes.includes("came")) return;
    for (const outcome of outcomes) if (typeof outcome === "object") await this.#bear(outcome);
  }

  /** Ends the wait. */
  end(): void {
    this.#ended?.abort();
  }

  /** Ends it the hard way, as a process does that is killed. */
  drop(): void {
    for (const watch of this.#watches) watch.drop();
  }

  async close(): Promise<void> {
    await Promise.all(this.#watches.map((watch) => watch.close()));
  }

  #begin(): AbortController {
    this.#ended = new AbortController();
    return this.#ended;
  }

  async #waitOn(watch: QueueWatch, worker: string, ended: AbortController): Promise<"came" | "nothing" | MachineryError> {
    try {
      while (!ended.signal.aborted) {
        const arrival = await watch.wait(worker);
        if (arrival === undefined) continue;
        this.#parts.onArrival(watch.keys, arrival);
        return "came";
      }
      return "nothing";
    } catch (error) {
      return error as MachineryError;
    } finally {
      ended.abort();
    }
  }

  /** A broken connection shows with the next claim, and a server that is full is asked again a little later. */
  async #bear(error: MachineryError): Promise<void> {
    if (error.code === "ERR_AMBIGUOUS" || passing.test(error.message)) return;
    if (!error.message.includes("refused: OOM ")) throw error;
    await delay(this.#clock, this.#parts.pollMs, this.#begin().signal, true);
  }
}

/** What a server refuses with while it moves slots, hands over to another, or starts. */
const passing = /refused: (?:UNBLOCKED|MOVED|ASK|READONLY|CLUSTERDOWN|LOADING) /;
