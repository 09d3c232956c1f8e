import type { Contender } from "./contenders.js";
import { checkOnce } from "./ledger.js";
import type { Place } from "./place.js";
import type { Program } from "./program.js";

/** A contender where it is measured: a program that sends, and another one, or several, that work. */
export class Stand {
  readonly contender: Contender;
  readonly sender: Program;
  readonly #place: Place;
  #worker: Program | undefined;

  constructor(contender: Contender, place: Place) {
    this.contender = contender;
    this.#place = place;
    this.sender = contender.start(place);
  }

  get name(): string {
    return this.contender.name;
  }

  /** A program to work: the sender itself where others do not see what it sends. */
  async withWorkers<T>(count: number, use: (workers: readonly Program[]) => Promise<T>): Promise<T> {
    if (!this.#place.isShared) return use([this.sender]);
    const workers = Array.from({ length: count }, () => this.contender.start(this.#place));
    return use(workers).finally(() => Promise.all(workers.map((worker) => worker.close())));
  }

  /** The program that works from now on, for those that measure round trips. */
  async working(slots: number): Promise<Program> {
    if (this.#worker === undefined) {
      this.#worker = this.#place.isShared ? this.contender.start(this.#place) : this.sender;
      await this.#worker.ask("work", { slots });
    }
    return this.#worker;
  }

  /** @throws Error unless these programs ran each of so many tasks once, between them */
  async checkRuns(workers: readonly Program[], count: number): Promise<void> {
    const answers = await Promise.all(workers.map((worker) => worker.ask<{ ran: string }>("ran", { count })));
    checkOnce(
      this.name,
      count,
      answers.map(({ ran }) => ran),
    );
  }

  async close(): Promise<void> {
    await this.#worker?.close();
    await this.sender.close();
  }
}
