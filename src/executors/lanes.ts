import type { Worker } from "node:worker_threads";
import type { Clock } from "../util/clock.js";
import type { Board } from "./board.js";
import type { Try } from "./try.js";

/**
 * A task may be on deck for so long while another thread would have it, in milliseconds; and it goes there only behind one that has run
 * for less, on a thread whose last one took less.
 */
const PATIENCE_MS = 5;

/** Piscina's own record of a thread. */
export interface ThreadRecord {
  readonly worker: Worker;
  /** Takes the answers that have come, without waiting for the event loop. */
  processPendingMessages(): void;
}

/** A thread as the loop sees it: the task whose turn it is, and the one on deck, which the thread begins with as soon as it can. */
export interface Lane {
  readonly record: ThreadRecord;
  runner: Try | undefined;
  deck: Try | undefined;
  /** When the turn of `runner` came. */
  since: number;
  /** Whether the last task was a short one. */
  quick: boolean;
  /** Whether a task has begun there, ever. */
  used: boolean;
  /** Whether it takes nothing more. */
  gone: boolean;
}

/** The threads that are up, and what is on deck there. */
export class Lanes {
  readonly #board: Board;
  readonly #clock: Clock;
  readonly #lanes = new Map<ThreadRecord, Lane>();
  /** All that is on deck, the oldest first. */
  readonly #onDeck = new Set<Try>();

  constructor(board: Board, clock: Clock) {
    this.#board = board;
    this.#clock = clock;
  }

  add(record: ThreadRecord): Lane {
    const lane: Lane = { record, runner: undefined, deck: undefined, since: 0, quick: false, used: false, gone: false };
    this.#lanes.set(record, lane);
    return lane;
  }

  get(record: ThreadRecord): Lane | undefined {
    return this.#lanes.get(record);
  }

  delete(record: ThreadRecord): void {
    this.#lanes.delete(record);
  }

  /** How many run something. */
  get busy(): number {
    let busy = 0;
    for (const { runner } of this.#lanes.values()) if (runner) busy++;
    return busy;
  }

  /** It is this one's turn. */
  begin(lane: Lane, one: Try): void {
    one.lane = lane;
    lane.runner = one;
    lane.since = this.#clock.now();
  }

  /** This one's turn is over; it is the next one's, where one is on deck. */
  end(lane: Lane, one: Try): Try | undefined {
    // Piscina may have given the thread another one already.
    if (lane.runner !== one) return undefined;
    lane.quick = this.#clock.now() - lane.since < PATIENCE_MS;
    lane.runner = undefined;
    const next = lane.deck;
    if (next === undefined) return undefined;
    lane.deck = undefined;
    this.#onDeck.delete(next);
    this.begin(lane, next);
    return next;
  }

  /** The one among all that has room on deck, and whose turn began first. */
  roomy(): Lane | undefined {
    let best: Lane | undefined;
    for (const lane of this.#lanes.values()) {
      if ((best === undefined || lane.since < best.since) && this.hasRoom(lane)) best = lane;
    }
    return best;
  }

  hasRoom({ runner, deck, quick, gone, since }: Lane): boolean {
    return runner !== undefined && deck === undefined && quick && !gone && this.#clock.now() - since < PATIENCE_MS;
  }

  putOnDeck(lane: Lane, one: Try): void {
    one.lane = lane;
    one.deckedAt = this.#clock.now();
    lane.deck = one;
    this.#onDeck.add(one);
  }

  /** Takes it off its deck; `false` where it is not there, or the thread has begun with it. */
  takeBack(one: Try): boolean {
    const { lane, errand, mark } = one;
    if (lane?.deck !== one || !this.#board.revoke(mark)) return false;
    lane.deck = undefined;
    this.#onDeck.delete(one);
    one.revoked = true;
    errand!.current = undefined;
    return true;
  }

  /** The one that is on deck for longest, taken back; one that is there for too long, unless `any` will do. */
  takeOldest(any: boolean): Try | undefined {
    for (const one of this.#onDeck) {
      if (!any && this.#clock.now() - one.deckedAt < PATIENCE_MS) return undefined;
      if (this.takeBack(one)) return one;
    }
    return undefined;
  }
}
