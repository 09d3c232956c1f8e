import { MachineryError } from "../../errors.js";
import type { Records, Store, Table } from "../../store/store.js";
import type { MessagePlace, QueueInfo, StoredMessage } from "../broker.js";
import { bodyOf, crashesOf, packDeadLetter, priorityOf, queueOf, setCrashes, unpackDeadLetter } from "./entry.js";

const highestPriority = 255;
/** Rows that one transaction deletes at most when a queue is emptied, so that others are not kept waiting. */
const purgeChunk = 5_000;
const longestQueueName = 255;

/** A row of `ready`: a message with the key that it goes back to when its claim ends. */
export interface ReadyRow {
  readonly sequence: number;
  readonly entry: Buffer;
}

/**
 * The broker's tables. Messages have a sequence number of their own, given when they join the tail of their queue; they keep it
 * while they are claimed, so that one given back stands where it stood. What changes rows is to be called inside a transaction.
 *
 *     ready    [queue, 255 - priority, sequence]   entry
 *     claimed  [consumer, sequence]                entry
 *     delayed  [queue, due, sequence]              entry
 *     dead     [queue, sequence]                   dead letter
 *     numbers  "sequence", ["queue", name]         the last number given, a queue's number
 */
export class BrokerTables {
  readonly #store: Store;
  readonly #ready: Table;
  readonly #claimed: Table;
  readonly #delayed: Table;
  readonly #dead: Table;
  readonly #numbers: Records<number>;
  readonly #queueNumbers = new Map<string, number>();
  readonly #queueNames = new Map<number, string>();

  constructor(store: Store) {
    this.#store = store;
    this.#ready = store.table("ready");
    this.#claimed = store.table("claimed");
    this.#delayed = store.table("delayed");
    this.#dead = store.table("dead");
    this.#numbers = store.records("numbers");
  }

  /** The number of a queue, given at its first use. Not to be called inside a transaction. */
  queueNumber(name: string): number {
    return this.#queueNumbers.get(name) ?? this.#learnQueue(name);
  }

  #learnQueue(name: string): number {
    if (name === "" || name.includes("\0") || Buffer.byteLength(name) > longestQueueName) {
      throw new MachineryError("ERR_QUEUE_NAME", `A queue's name has 1 to ${longestQueueName} bytes of UTF-8, none of them zero.`);
    }
    const key = ["queue", name];
    this.#store.refresh();
    const number =
      this.#numbers.get(key) ??
      this.#store.transact(false, () => {
        const given = this.#numbers.get(key) ?? this.nextNumber("queues");
        this.#numbers.putSync(key, given);
        return given;
      });
    this.#queueNumbers.set(name, number);
    this.#queueNames.set(number, name);
    return number;
  }

  nextNumber(counter: "sequence" | "queues" | "consumers", count = 1): number {
    const first = (this.#numbers.get(counter) ?? 0) + 1;
    this.#numbers.putSync(counter, first + count - 1);
    return first;
  }

  append(entry: Buffer, sequence: number): void {
    this.#ready.putSync([queueOf(entry), highestPriority - priorityOf(entry), sequence], entry);
  }

  delay(entry: Buffer, due: number, sequence: number): void {
    this.#delayed.putSync([queueOf(entry), due, sequence], entry);
  }

  bury(entry: Buffer, reason: string, now: number, sequence: number): void {
    this.#dead.putSync([queueOf(entry), sequence], packDeadLetter(entry, reason, now));
  }

  /** Moves what has fallen due to the tail. */
  promoteDue(queue: number, now: number): void {
    const due = [...this.#delayed.getRange({ start: [queue], end: [queue, now + 1] })];
    if (due.length === 0) return;
    let sequence = this.nextNumber("sequence", due.length);
    for (const { key, value } of due) {
      this.#delayed.removeSync(key);
      this.append(value, sequence++);
    }
  }

  /** The next messages of a queue; they stay there. */
  next(queue: number, limit: number): ReadyRow[] {
    const rows: ReadyRow[] = [];
    for (const { key, value } of this.#ready.getRange({ start: [queue], end: [queue + 1], limit })) {
      rows.push({ sequence: (key as number[])[2]!, entry: value });
    }
    return rows;
  }

  claim(row: ReadyRow, consumer: number): void {
    this.#ready.removeSync([queueOf(row.entry), highestPriority - priorityOf(row.entry), row.sequence]);
    this.#claimed.putSync([consumer, row.sequence], row.entry);
  }

  /** Ends a claim and forgets the message; `false` if there was no such claim. */
  endClaim(consumer: number, sequence: number): boolean {
    return this.#claimed.removeSync([consumer, sequence]);
  }

  /** Ends a claim and hands out the message, for the caller to put elsewhere. */
  takeBack(consumer: number, sequence: number): Buffer | undefined {
    const key = [consumer, sequence];
    const entry = this.#claimed.get(key);
    if (entry !== undefined) this.#claimed.removeSync(key);
    return entry;
  }

  /** Puts all that a consumer holds back to where it stood; the numbers of the queues. `crashed`: its holder died. */
  giveBackAll(consumer: number, crashed: boolean): Set<number> {
    const queues = new Set<number>();
    for (const { key, value } of [...this.#claimed.getRange({ start: [consumer], end: [consumer + 1] })]) {
      if (crashed) setCrashes(value, crashesOf(value) + 1);
      this.#claimed.removeSync(key);
      this.append(value, (key as number[])[1]!);
      queues.add(queueOf(value));
    }
    return queues;
  }

  /** When the next message of a queue falls due: 0 if there is one already, `Infinity` if none is to come. */
  nextDue(queue: number): number {
    for (const _ of this.#ready.getKeys({ start: [queue], end: [queue + 1], limit: 1 })) return 0;
    return this.nextDelayed(queue);
  }

  /** When the next delayed message of a queue falls due, which may be past; `Infinity` if there is none. */
  nextDelayed(queue: number): number {
    for (const key of this.#delayed.getKeys({ start: [queue], end: [queue + 1], limit: 1 })) return (key as number[])[1]!;
    return Number.POSITIVE_INFINITY;
  }

  inspect(queue: number, now: number): QueueInfo {
    const due = this.#delayed.getKeysCount({ start: [queue], end: [queue, now + 1] });
    let claimed = 0;
    for (const { value } of this.#claimed.getRange()) if (queueOf(value) === queue) claimed++;
    return {
      pending: this.#ready.getKeysCount({ start: [queue], end: [queue + 1] }) + due,
      delayed: this.#delayed.getKeysCount({ start: [queue, now + 1], end: [queue + 1] }),
      claimed,
      dead: this.#dead.getKeysCount({ start: [queue], end: [queue + 1] }),
    };
  }

  peek(queue: string, where: MessagePlace, limit: number): StoredMessage[] {
    const number = this.queueNumber(queue);
    this.#store.refresh();
    const rows = [...this.#place(where).getRange({ start: [number], end: [number + 1], limit })];
    return rows.map(({ key, value }): StoredMessage => {
      if (where === "pending") return { queue, body: bodyOf(value) };
      if (where === "delayed") return { queue, body: bodyOf(value), notBefore: (key as number[])[1]! };
      const { entry, reason, at } = unpackDeadLetter(value);
      return { queue, body: bodyOf(entry), dead: { reason, at } };
    });
  }

  redrive(queue: number, limit: number): number {
    const letters = [...this.#dead.getRange({ start: [queue], end: [queue + 1], limit })];
    let sequence = this.nextNumber("sequence", letters.length);
    for (const { key, value } of letters) {
      this.#dead.removeSync(key);
      const { entry } = unpackDeadLetter(value);
      setCrashes(entry, 0);
      this.append(entry, sequence++);
    }
    return letters.length;
  }

  /** Deletes some of the messages in that place; 0 when there are none left. */
  purge(queue: number, where: MessagePlace): number {
    const table = this.#place(where);
    const keys = [...table.getKeys({ start: [queue], end: [queue + 1], limit: purgeChunk })];
    for (const key of keys) table.removeSync(key);
    return keys.length;
  }

  #place(where: MessagePlace): Table {
    return where === "pending" ? this.#ready : where === "delayed" ? this.#delayed : this.#dead;
  }
}
