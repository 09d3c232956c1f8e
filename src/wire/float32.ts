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
  return nextOfEight(value) ?? String(Number(value.toPrecision(9)));
}

/**
 * Below a power of two floats lie closer than above it, so that the nearest decimal of eight digits may miss it where the next one
 * reads back (2^-96, 2^87, 2^90).
 */
function nextOfEight(value: number): string | undefined {
  if (!Number.isInteger(Math.log2(Math.abs(value)))) return undefined;
  const [mantissa, exponent] = value.toExponential(7).split("e");
  const next = Number(`${(Number(mantissa) + Math.sign(value) * 1e-7).toFixed(7)}e${exponent}`);
  return Math.fround(next) === value ? String(next) : undefined;
}

const SMALLEST_NORMAL = 2 ** -126;
