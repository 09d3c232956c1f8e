import type { Worker } from "node:worker_threads";
import type { Clock } from "../util/clock.js";
import type { Board } from "./board.js";
import type { Try } from "./try.js";

/**
 * A task may be on deck for so long while another thread would have it, in milliseconds; and it goes there only behind one that has run
 * for less, on a thread whose last one took less.
 */
const PATIENCE_MS = 5;

/** A thread as Piscina shows it to those that choose one. */
export interface PooledThread {
  /** How many requests it has that it has not answered. */
  readonly currentUsage: number;
}

/** Piscina's own record of it. */
interface ThreadRecord {
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
  /** What no thread has yet. */
  readonly #unplaced = new Set<Try>();
  /** All that is on deck, the oldest first. */
  readonly #onDeck = new Set<Try>();

  constructor(board: Board, clock: Clock) {
    this.#board = board;
    this.#clock = clock;
  }

  add(thread: PooledThread): void {
    const record = recordOf(thread);
    const lane: Lane = { record, runner: undefined, deck: undefined, since: 0, quick: false, used: false, gone: false };
    this.#lanes.set(record, lane);
    const end = (): void => {
      lane.gone = true;
      record.processPendingMessages();
    };
    // Before Piscina hears of it: what it has not read the answer of by then counts as unanswered.
    record.worker.prependListener("error", end);
    record.worker.prependListener("exit", end);
  }

  delete(thread: PooledThread): Lane | undefined {
    const record = recordOf(thread);
    const lane = this.#lanes.get(record);
    this.#lanes.delete(record);
    return lane;
  }

  /**
   * Which of these threads is to have it: the one that it is on deck of, or one with nothing to do, and it is its turn there. Where there
   * is none Piscina is to start another one, or to wait.
   */
  choose<T extends PooledThread>(one: Try, threads: readonly T[]): T | null {
    for (const thread of threads) {
      if (one.lane === undefined && thread.currentUsage > 0) continue;
      const lane = this.#lanes.get(recordOf(thread));
      if (lane === undefined || (one.lane === undefined ? lane.gone : lane !== one.lane)) continue;
      if (this.#unplaced.delete(one)) this.#begin(lane, one);
      return thread;
    }
    return null;
  }

  /** This one is to have a thread of its own; how it gets it is for `choose` to say. */
  await(one: Try): void {
    this.#unplaced.add(one);
  }

  /** It is no more to have a thread. */
  forget(one: Try): void {
    this.#unplaced.delete(one);
  }

  /** Piscina may leave a request lying whose thread has not come up: where there are too few threads, such requests end. */
  rescue(threads: number): void {
    let needed = this.#unplaced.size;
    for (const { runner } of this.#lanes.values()) if (runner) needed++;
    if (threads < needed) for (const one of this.#unplaced) one.kill();
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
    this.#begin(lane, next);
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

  /** There is none while somebody waits for a thread to start, who came before. */
  hasRoom({ runner, deck, quick, gone, since }: Lane): boolean {
    if (this.#unplaced.size > 0) return false;
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

  /** It is this one's turn. */
  #begin(lane: Lane, one: Try): void {
    one.lane = lane;
    lane.runner = one;
    lane.since = this.#clock.now();
  }
}

/** By the one symbol that a thread has as Piscina shows it, and that is not exported. */
function recordOf(thread: PooledThread): ThreadRecord {
  const [key] = Object.getOwnPropertySymbols(thread) as unknown[] as [keyof PooledThread];
  return thread[key] as unknown as ThreadRecord;
}
