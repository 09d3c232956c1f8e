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

/** Whether a Go type holds every value of another, so that what one writes the other reads: an int64 holds every int32. */
export function holds(wide: string, narrow: string): boolean {
  const [to, from] = [numeric(wide), numeric(narrow)];
  if (to === undefined || from === undefined || to.slice !== from.slice) return false;
  if (to.kind === from.kind) return to.bits >= from.bits;
  return to.kind === "int" && from.kind === "uint" && to.bits > from.bits;
}

const sizes = ["", "8", "16", "32", "64"];
const scalars = [...["int", "uint"].flatMap((kind) => sizes.map((size) => kind + size)), "float32", "float64"];
const numbers = [...scalars, ...scalars.map((scalar) => `[]${scalar}`)];

/** The names of types that a value may come by on the wire where one is declared: its own first, then those that it holds. */
export function takenAs(type: string): readonly string[] {
  return [type, ...numbers.filter((other) => other !== type && holds(type, other))];
}
