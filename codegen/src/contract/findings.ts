import { type ContractErrorCode, type Diagnostic, printable } from "./diagnostics.js";

/** Keys and indices from the top of the contract to a value in it. */
export type Path = readonly (string | number)[];

export interface Finding {
  readonly message: string;
  readonly hint: string;
  /** The caret stands under the key instead of the value. */
  readonly atKey?: boolean;
}

/** Where a value stands in the text, as offsets. */
export interface Place {
  readonly value: number;
  readonly key?: number;
}

/** What is found wrong with one contract. Checks say at which path; here that becomes a place in the text. */
export class Findings<Code extends string = ContractErrorCode> {
  readonly #file: string;
  readonly #text: string;
  readonly #lineStarts: readonly number[];
  readonly #places = new Map<string, Place>();
  readonly #diagnostics = new Map<string, { readonly offset: number; readonly diagnostic: Diagnostic<Code> }>();

  constructor(file: string, text: string) {
    this.#file = file;
    this.#text = text;
    this.#lineStarts = lineStarts(text);
  }

  place(path: Path, place: Place): void {
    this.#places.set(pointerOf(path), place);
  }

  error(code: Code, path: Path, finding: Finding): void {
    this.#add("error", code, path, finding);
  }

  warning(code: Code, path: Path, finding: Finding): void {
    this.#add("warning", code, path, finding);
  }

  errorAt(code: Code, offset: number, path: Path, finding: Finding): void {
    this.#addAt("error", code, offset, path, finding);
  }

  warningAt(code: Code, offset: number, path: Path, finding: Finding): void {
    this.#addAt("warning", code, offset, path, finding);
  }

  get failed(): boolean {
    return [...this.#diagnostics.values()].some(({ diagnostic }) => diagnostic.severity === "error");
  }

  /** In the order of the text. */
  diagnostics(): Diagnostic<Code>[] {
    return [...this.#diagnostics.values()].sort((a, b) => a.offset - b.offset).map(({ diagnostic }) => diagnostic);
  }

  /** A line number, from 1, for a message that speaks of a second place. */
  lineOf(path: Path, atKey = false): number {
    return this.#position(this.#offset(path, atKey)).line;
  }

  /** `tasks.yaml:4:3`, for a message that speaks of it from another file. */
  placeOf(path: Path, atKey = false): string {
    const { line, column } = this.#position(this.#offset(path, atKey));
    return `${this.#file}:${line}:${column}`;
  }

  /** Line and column, from 1, of the key of a value, or of the nearest thing around it that is there. */
  positionOf(path: Path): { readonly line: number; readonly column: number } {
    for (let length = path.length; length > 0; length--) {
      const place = this.#places.get(pointerOf(path.slice(0, length)));
      if (place !== undefined) return this.#position(place.key ?? place.value);
    }
    return { line: 1, column: 1 };
  }

  #add(severity: Diagnostic["severity"], code: Code, path: Path, finding: Finding): void {
    this.#addAt(severity, code, this.#offset(path, finding.atKey ?? false), path, finding);
  }

  /** The same fault at the same place is told once: what an alias repeats is still written once. */
  #addAt(severity: Diagnostic["severity"], code: Code, offset: number, path: Path, finding: Finding): void {
    const { message, hint } = finding;
    const same = `${code} ${offset} ${message}`;
    if (this.#diagnostics.has(same)) return;
    const { line, column } = this.#position(offset);
    this.#diagnostics.set(same, {
      offset,
      diagnostic: {
        code,
        severity,
        file: this.#file,
        line,
        column,
        pointer: pointerOf(path),
        message,
        hint,
        excerpt: this.#excerpt(line, column),
      },
    });
  }

  /** Of the value, or of the nearest thing around it that stands in the text. */
  #offset(path: Path, atKey: boolean): number {
    for (let length = path.length; length >= 0; length--) {
      const place = this.#places.get(pointerOf(path.slice(0, length)));
      if (place !== undefined) return atKey && length === path.length ? (place.key ?? place.value) : place.value;
    }
    return 0;
  }

  #position(offset: number): { line: number; column: number } {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#lineStarts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - this.#lineStarts[low]! + 1 };
  }

  #excerpt(line: number, column: number): string {
    const start = this.#lineStarts[line - 1]!;
    const from = Math.max(start, start + column - 61);
    const window = this.#text.slice(from, Math.min(from + 80, this.#lineStarts[line] ?? this.#text.length)).trimEnd();
    const before = printable(this.#text.slice(from, start + column - 1).replaceAll("\t", " "));
    const gutter = `${line} | `;
    return `${gutter}${printable(window.replaceAll("\t", " "))}\n${" ".repeat(gutter.length + before.length)}^`;
  }
}

export function pointerOf(path: Path): string {
  return path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

export function pathOf(pointer: string): Path {
  const parts = pointer.split("/").slice(1);
  return parts.map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}
