import { appendFileSync } from "node:fs";
import { join } from "node:path";
import type { ExecutionContext } from "ava";
import { seed } from "./profile.js";

/*
 * What tests have shown, for the tables of GUARANTEES.md. They are written by `npm run chaos -- --record`, which names a folder in
 * `CHAOS_FIGURES`: into it goes a line of JSON for each line of a table, of tests that have passed, and of no other.
 */

/** A line of a table: its name, which tells it from all others, and the rest. */
export interface Line {
  readonly table: "counts" | "times";
  readonly cells: readonly string[];
}

export const fileOfLines = "lines.jsonl";

/** What a test has counted. */
export interface Figure {
  /** The case, and on what. */
  readonly what: string;
  readonly much: string;
  /** Absent: the run's seed. */
  readonly seeds?: readonly number[];
  /** Absent: nothing is sent that could be lost. */
  readonly lost?: number;
  readonly other: string;
}

/** Has it written when the test has passed. */
export function tellFigure(t: ExecutionContext, { what, much, seeds = [seed], lost, other }: Figure): void {
  const first = seeds[0]!;
  const drawn = seeds.length === 1 ? `${first}` : `${first} to ${seeds.at(-1)!}`;
  tellLine(t, { table: "counts", cells: [what, much, drawn, lost === undefined ? "–" : amount(lost), other] });
}

/** Has a line written when the test has passed. */
export function tellLine(t: ExecutionContext, line: Line): void {
  const folder = process.env.CHAOS_FIGURES;
  if (folder === undefined) return;
  t.teardown(() => {
    if (t.passed) appendFileSync(join(folder, fileOfLines), `${JSON.stringify(line)}\n`);
  });
}

const products: Readonly<Record<string, string>> = { redis: "Redis", amqp: "RabbitMQ", mongodb: "MongoDB", memcache: "Memcached" };

/** What the servers of these schemes are called. */
export const productsOf = (schemes: string): string => schemes.replaceAll(/\w+/g, (scheme) => products[scheme] ?? scheme);

/** A number for people. */
export const amount = (number: number): string => number.toLocaleString("en-US");

/** What a trial's judge has counted, as a figure tells it. */
export interface Counted {
  readonly deaths: number;
  readonly again: number;
  readonly lost: number;
}

/** Several tests that are one line together: it is told by the last of them, if all have passed. */
export class Together {
  readonly #left: Set<string>;
  readonly #figureOf: (sum: Counted) => Figure;
  #sum: Counted = { deaths: 0, again: 0, lost: 0 };

  constructor(titles: Iterable<string>, figureOf: (sum: Counted) => Figure) {
    this.#left = new Set(titles);
    this.#figureOf = figureOf;
  }

  /** To be called last in the test. */
  add(t: ExecutionContext, title: string, { deaths, again, lost }: Counted): void {
    if (!t.passed || !this.#left.delete(title)) return;
    this.#sum = { deaths: this.#sum.deaths + deaths, again: this.#sum.again + again, lost: this.#sum.lost + lost };
    if (this.#left.size === 0) tellFigure(t, this.#figureOf(this.#sum));
  }
}
