/** A JSON value without loss: integers beyond 2^53 are bigint, other numbers that a double cannot write back are `JsonNumber`. */
export type JsonValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | JsonNumber
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** A number kept as its text, because `Number` would not write the same digits (`1.0`, `1e3`, `0.10`). */
export class JsonNumber {
  constructor(readonly text: string) {}

  /** The nearest double; infinite where there is none. */
  valueOf(): number {
    return Number(this.text);
  }
}
