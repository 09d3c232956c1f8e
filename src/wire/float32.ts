/** The shortest decimal that reads back as the same float32. The value must be a finite float32 already (`Math.fround`). */
export function writeFloat32(value: number): string {
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  // Six digits survive in every normal float32, so that a shorter decimal is the six-digit one without its zeros; nine are
  // always enough.
  const fewest = Math.abs(value) < SMALLEST_NORMAL ? 1 : 6;
  for (let digits = fewest; digits < 9; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) return String(rounded);
  }
  return String(Number(value.toPrecision(9)));
}

const SMALLEST_NORMAL = 2 ** -126;
