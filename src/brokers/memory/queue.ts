import type { Clock, Timer } from "../../util/clock.js";
import { Deque } from "../../util/deque.js";
import { Heap } from "../../util/heap.js";
import type { MessagePlace, QueueInfo, StoredMessage } from "../broker.js";
import type { MemoryConsumer } from "./consumer.js";
import { Entry } from "./entry.js";

interface Delayed {
  readonly entry: Entry;
  readonly notBefore: number;
  /** Tells apart what falls due in the same millisecond: first in, first out. */
  readonly sequence: number;
}

interface DeadLetter {
  readonly entry: Entry;
  readonly reason: string;
  readonly at: number;
}

interface Lane {
  readonly priority: number;
  readonly entries: Deque<Entry>;
}

const fallsDueBefore = (a: Delayed, b: Delayed): boolean =>
  a.notBefore < b.notBefore || (a.notBefore === b.notBefore && a.sequence < b.sequence);

/** One queue of a memory store: what is due (first in, first out within a priority), what is not due yet, what is dead. */
export class MemoryQueue {
  readonly name: string;
  /** Consumers that wait for a message of this queue, the longest waiting first. */
  readonly waiters = new Set<MemoryConsumer>();
  readonly #clock: Clock;
  readonly #normal: Lane = { priority: 0, entries: new Deque() };
  /** Highest priority first; the last is `#normal`. A lane stays once it is there: 256 at most. */
  readonly #lanes: Lane[] = [this.#normal];
  readonly #delayed = new Heap<Delayed>(fallsDueBefore);
  readonly #dead = new Deque<DeadLetter>();
  #claimed = 0;
  #sequence = 0;
  #timer: Timer | undefined;
  #timerDue = Number.POSITIVE_INFINITY;
  #waking = false;

  constructor(name: string, clock: Clock) {
    this.name = name;
    this.#clock = clock;
  }

  get pending(): number {
    let count = 0;
    for (const lane of this.#lanes) count += lane.entries.size;
    return count;
  }

  /** Adds a message at the tail, or among the delayed ones if it is not due yet. */
  append(entry: Entry, notBefore?: number): void {
    if (notBefore !== undefined && notBefore > this.#clock.now()) {
      this.#delayed.push({ entry, notBefore, sequence: this.#sequence++ });
      this.#arm();
    } else {
      this.#lane(entry.priority).push(entry);
      this.#wake();
    }
  }

  prepend(entry: Entry): void {
    this.#lane(entry.priority).unshift(entry);
    this.#wake();
  }

  /** Ends a claim; the message is gone unless the caller puts it somewhere. */
  endClaim(entry: Entry): void {
    entry.holder = undefined;
    this.#claimed--;
  }

  bury(entry: Entry, reason: string): void {
    this.#dead.push({ entry, reason, at: this.#clock.now() });
  }

  /** Hands the next message to `holder`, if there is one. */
  claim(holder: MemoryConsumer): Entry | undefined {
    for (const lane of this.#lanes) {
      const entry = lane.entries.shift();
      if (entry === undefined) continue;
      entry.holder = holder;
      this.#claimed++;
      return entry;
    }
    return undefined;
  }

  /** Moves what has fallen due since to the tail. */
  promoteDue(): void {
    let next = this.#delayed.peek();
    if (next === undefined) return;
    const now = this.#clock.now();
    for (; next !== undefined && next.notBefore <= now; next = this.#delayed.peek()) {
      this.#delayed.pop();
      this.append(next.entry);
    }
    this.#arm();
  }

  inspect(): QueueInfo {
    this.promoteDue();
    return { pending: this.pending, delayed: this.#delayed.size, claimed: this.#claimed, dead: this.#dead.size };
  }

  peek(where: MessagePlace, limit: number): StoredMessage[] {
    this.promoteDue();
    // Not `slice`, which for a Buffer is a view of the same memory.
    const stored = (entry: Entry) => ({ queue: this.name, body: new Uint8Array(entry.body) });
    if (where === "delayed") {
      return this.#delayed.first(limit).map(({ entry, notBefore }) => ({ ...stored(entry), notBefore }));
    }
    if (where === "dead")
      return this.#dead.first(limit).map(({ entry, reason, at }) => ({ ...stored(entry), dead: { reason, at } }));
    const messages: StoredMessage[] = [];
    for (const { entries } of this.#lanes) messages.push(...entries.first(limit - messages.length).map(stored));
    return messages;
  }

  redrive(limit: number): number {
    let moved = 0;
    for (; moved < limit; moved++) {
      const letter = this.#dead.shift();
      if (letter === undefined) break;
      this.append(new Entry(this.name, letter.entry.body, letter.entry.priority, 0));
    }
    return moved;
  }

  purge(where: MessagePlace): number {
    this.promoteDue();
    if (where === "pending") {
      const count = this.pending;
      for (const lane of this.#lanes) lane.entries.clear();
      return count;
    }
    const place = where === "delayed" ? this.#delayed : this.#dead;
    const count = place.size;
    place.clear();
    if (where === "delayed") this.#arm();
    return count;
  }

  /** Stops the queue's timer. */
  dispose(): void {
    this.#delayed.clear();
    this.#arm();
  }

  #lane(priority: number): Deque<Entry> {
    if (priority === 0) return this.#normal.entries;
    const at = this.#lanes.findIndex((lane) => lane.priority <= priority);
    const found = this.#lanes[at]!;
    if (found.priority === priority) return found.entries;
    const lane: Lane = { priority, entries: new Deque() };
    this.#lanes.splice(at, 0, lane);
    return lane.entries;
  }

  /** Serves the waiting consumers once the caller has finished: a burst of messages then makes one batch, not many. */
  #wake(): void {
    if (this.#waking || this.waiters.size === 0) return;
    this.#waking = true;
    queueMicrotask(() => {
      this.#waking = false;
      for (const waiter of this.waiters) {
        if (this.pending === 0) break;
        waiter.serve();
      }
    });
  }

  /** Keeps one timer, for the message that falls due first. */
  #arm(): void {
    const due = this.#delayed.peek()?.notBefore ?? Number.POSITIVE_INFINITY;
    if (due === this.#timerDue) return;
    this.#timer?.cancel();
    this.#timerDue = due;
    if (due === Number.POSITIVE_INFINITY) return;
    this.#timer = this.#clock.after(due - this.#clock.now(), () => {
      this.#timerDue = Number.POSITIVE_INFINITY;
      this.promoteDue();
    });
  }
}
