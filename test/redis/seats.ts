/** Lets so many in at once; the others wait in line. */
export class Seats {
  #free: number;
  readonly #line: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  async take(): Promise<void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#line.push(resolve));
  }

  free(): void {
    const next = this.#line.shift();
    if (next === undefined) this.#free++;
    else next();
  }
}
