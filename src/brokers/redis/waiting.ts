import type { MachineryError } from "../../errors.js";
import type { RedisLink } from "../../redis/link.js";
import { type Clock, systemClock } from "../../util/clock.js";
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
  #wait: Wait | undefined;

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
   * queue. Resolves to whether more are known to wait behind. Rejects only for what will not pass by itself.
   */
  async wait(worker: string, ms: number): Promise<boolean> {
    const wait = this.#begin();
    const timer = this.#clock.after(ms, wait.end);
    const waits = this.#watches.map((watch) => this.#waitOn(watch, worker, wait));
    await wait.ended;
    timer.cancel();
    if (this.#watches.length > 1 || !wait.hasArrival) await Promise.all(this.#watches.map((watch) => watch.end()));
    const outcomes = await Promise.all(waits);
    if (!wait.hasArrival) for (const outcome of outcomes) if (typeof outcome === "object") await this.#bear(outcome);
    return outcomes.includes("followed");
  }

  /** Ends the wait. */
  end(): void {
    this.#wait?.end();
  }

  /** Ends it the hard way, as a process does that is killed. */
  drop(): void {
    for (const watch of this.#watches) watch.drop();
  }

  async close(): Promise<void> {
    await Promise.all(this.#watches.map((watch) => watch.close()));
  }

  #begin(): Wait {
    this.#wait = new Wait();
    return this.#wait;
  }

  async #waitOn(watch: QueueWatch, worker: string, wait: Wait): Promise<"followed" | "last" | "nothing" | MachineryError> {
    try {
      while (!wait.isOver) {
        const arrival = await watch.wait(worker);
        if (arrival === undefined) continue;
        wait.hasArrival = true;
        this.#parts.onArrival(watch.keys, arrival);
        return arrival.isFollowed ? "followed" : "last";
      }
      return "nothing";
    } catch (error) {
      return error as MachineryError;
    } finally {
      wait.end();
    }
  }

  /** A broken connection shows with the next claim, and a server that is full is asked again a little later. */
  async #bear(error: MachineryError): Promise<void> {
    if (error.code === "ERR_AMBIGUOUS" || passing.test(error.message)) return;
    if (!error.message.includes("refused: OOM ")) throw error;
    const pause = this.#begin();
    const timer = this.#clock.after(this.#parts.pollMs, pause.end, true);
    await pause.ended;
    timer.cancel();
  }
}

/** One wait. An AbortController would do, at a cost that shows when messages come one by one. */
class Wait {
  isOver = false;
  hasArrival = false;
  readonly ended: Promise<void>;
  #resolve!: () => void;

  constructor() {
    this.ended = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  readonly end = (): void => {
    this.isOver = true;
    this.#resolve();
  };
}

/** What a server refuses with while it moves slots, hands over to another, or starts. */
const passing = /refused: (?:UNBLOCKED|MOVED|ASK|READONLY|CLUSTERDOWN|LOADING) /;
