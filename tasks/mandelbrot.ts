import type { Handlers } from "../generated/index.js";

/** A point that has not escaped after so many steps is taken for one of the set. */
const MAX_STEPS = 2000;
/** Each pixel is the mean of so many points, squared. */
const SAMPLES = 3;

export const mandelbrot_tile: Handlers["mandelbrot_tile"] = (left, top, step, side) => {
  const shades = new Uint8Array(side * side);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) shades[row * side + column] = pixel(left + column * step, top - row * step, step);
  }
  return shades;
};

function pixel(left: number, top: number, step: number): number {
  let sum = 0;
  for (let i = 0; i < SAMPLES; i++) {
    for (let j = 0; j < SAMPLES; j++) sum += shade(left + (j * step) / SAMPLES, top - (i * step) / SAMPLES);
  }
  return Math.round(sum / SAMPLES ** 2);
}

function shade(real: number, imaginary: number): number {
  let x = 0;
  let y = 0;
  for (let steps = 0; steps < MAX_STEPS; steps++) {
    const xx = x * x;
    const yy = y * y;
    if (xx + yy > 256) {
      // How far out it is says how much later it could have escaped: without that there are bands of equal steps.
      const smooth = Math.max(0, steps + 3 - Math.log2(Math.log2(xx + yy)));
      return (254 * Math.log1p(smooth)) / Math.log1p(MAX_STEPS);
    }
    y = 2 * x * y + imaginary;
    x = xx - yy + real;
  }
  return 255;
}

export const join_tiles: Handlers["join_tiles"] = async (columns, ...tiles) => {
  const side = Math.sqrt(tiles[0]?.length ?? 0);
  const rows = tiles.length / columns;
  const isSquare = Number.isInteger(side) && tiles.every(({ length }) => length === side * side);
  if (side === 0 || !isSquare || !Number.isInteger(rows)) throw new Error("these tiles make no picture");
  const width = columns * side;
  const data = new Uint8Array(width * rows * side);
  for (const [i, tile] of tiles.entries()) {
    const corner = Math.floor(i / columns) * side * width + (i % columns) * side;
    for (let row = 0; row < side; row++) data.set(tile.subarray(row * side, (row + 1) * side), corner + row * width);
  }
  // Loaded with the first picture: no other task here needs it.
  const { encode } = await import("fast-png");
  return encode({ width, height: rows * side, data, depth: 8, channels: 1, palette });
};

/** A colour for each shade: blue, white and orange in turn, and black for the set itself. */
const palette = Array.from({ length: 256 }, (_, shade) =>
  shade === 255
    ? [0, 0, 0]
    : [0, 0.12, 0.28].map((phase) => Math.round(127.5 - 127.5 * Math.cos(2 * Math.PI * (shade / 90 + phase)))),
);
