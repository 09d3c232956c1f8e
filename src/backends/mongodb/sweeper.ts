import type { Clock } from "../../util/clock.js";
import type { Database } from "./database.js";

const everyMs = 60_000;

/** Deletes what is over on servers that do not: once a minute, as MongoDB does it, along with what is written. */
export class Sweeper {
  readonly #database: Database;
  readonly #clock: Clock;
  #next: number;
  /** Resolves when the last sweep has ended, however it did: the next will delete what is left. */
  swept: Promise<void> = Promise.resolve();

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
    this.#next = clock.now() + everyMs;
  }

  sweep(): void {
    const now = this.#clock.now();
    if (now < this.#next) return;
    this.#next = now + everyMs;
    const over = { delete_at: { $lte: new Date(this.#database.now()) } };
    const sweeping = this.#database.all.map((collection) => this.#database.run(() => collection.deleteMany(over)));
    this.swept = Promise.allSettled(sweeping).then(() => {});
  }
}
