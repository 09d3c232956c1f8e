/** A table in a text, found by its head. */
export class MarkdownTable {
  readonly #head: string;
  readonly #columns: number;

  constructor(columns: readonly string[]) {
    this.#head = lineOf(columns);
    this.#columns = columns.length;
  }

  /** With these rows, as it stands in a text. */
  with(rows: readonly (readonly string[])[]): string {
    return `${this.#head}|${"---|".repeat(this.#columns)}\n${rows.map(lineOf).join("")}`;
  }

  /**
   * The rows that it has in a text.
   *
   * @throws Error where it is not there
   */
  rowsIn(text: string): string[][] {
    const [, , ...lines] = this.#find(text).trimEnd().split("\n");
    return lines.map((line) => line.slice(2, -2).split(" | "));
  }

  /**
   * The text, with these rows in the place of those that it has.
   *
   * @throws Error where it is not there
   */
  replacedIn(text: string, rows: readonly (readonly string[])[]): string {
    const [before, after] = text.split(this.#find(text));
    return `${before}${this.with(rows)}${after}`;
  }

  #find(text: string): string {
    const begin = text.indexOf(this.#head);
    if (begin < 0) throw new Error(`there is no table ${this.#head.trim()}`);
    return /^(?:\|.*\n)*/.exec(text.slice(begin))![0];
  }
}

function lineOf(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |\n`;
}
