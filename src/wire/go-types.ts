/** Go's scalar types and slices, as Machinery spells them on the wire, and the TypeScript type of each. */
export interface GoTypes {
  bool: boolean;
  int: bigint;
  int8: number;
  int16: number;
  int32: number;
  int64: bigint;
  uint: bigint;
  uint8: number;
  uint16: number;
  uint32: number;
  uint64: bigint;
  float32: number;
  float64: number;
  string: string;
  "[]bool": readonly boolean[];
  "[]int": readonly bigint[];
  "[]int8": readonly number[];
  "[]int16": readonly number[];
  "[]int32": readonly number[];
  "[]int64": readonly bigint[];
  "[]uint": readonly bigint[];
  "[]uint8": Uint8Array;
  "[]uint16": readonly number[];
  "[]uint32": readonly number[];
  "[]uint64": readonly bigint[];
  "[]float32": readonly number[];
  "[]float64": readonly number[];
  "[]string": readonly string[];
}

/** A type's name on the wire. `[]byte` is read as `[]uint8` and never sent. */
export type GoType = keyof GoTypes;

const bits = /^(\[\])?(u?int|float)(8|16|32|64)?$/;

interface Numeric {
  readonly slice: boolean;
  readonly kind: string;
  readonly bits: number;
}

/** `int` and `uint` have 64 bits, as on every machine that Go Machinery is run on today. */
function numeric(type: string): Numeric | undefined {
  const [all, slice, kind, size = "64"] = bits.exec(type) ?? [];
  // A slice of bytes is no slice of numbers on the wire.
  if (all === undefined || type === "[]uint8") return undefined;
  return { slice: slice !== undefined, kind: kind!, bits: Number(size) };
}

/** Whether a Go type holds every value of another, so that who reads one reads the other, too: an int64 holds every int32. */
export function holds(wide: string, narrow: string): boolean {
  const [to, from] = [numeric(wide), numeric(narrow)];
  if (to === undefined || from === undefined || to.slice !== from.slice) return false;
  if (to.kind === from.kind) return to.bits >= from.bits;
  return to.kind === "int" && from.kind === "uint" && to.bits > from.bits;
}
