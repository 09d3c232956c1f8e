import test from "ava";
import { decode } from "fast-png";
import { count_primes, join_tiles, mandelbrot_tile } from "../../tasks/index.js";

test("primes are counted, over the ends of segments too", (t) => {
  const counts: [limit: number, count: number][] = [
    [0, 0],
    [1, 0],
    [2, 1],
    [3, 2],
    [4, 2],
    [100, 25],
    [65_536, 6542],
    [65_537, 6543],
    [65_538, 6543],
    [1_000_000, 78_498],
  ];
  for (const [limit, count] of counts) t.is(count_primes(limit), count, String(limit));
});

test("points of the set never escape, those around it do, the farther out the sooner", (t) => {
  const shadeAt = (real: number, imaginary: number): number => (mandelbrot_tile(real, imaginary, 0, 1) as Uint8Array)[0]!;
  for (const [real, imaginary] of [
    [0, 0],
    [-1, 0],
    [-0.1, 0.75],
  ] as const)
    t.is(shadeAt(real, imaginary), 255);
  const shades = [0.26, 0.3, 1, 2].map((real) => shadeAt(real, 0));
  t.deepEqual(
    [...shades].sort((a, b) => b - a),
    shades,
  );
  t.true(shades[0]! < 255);
});

test("tiles stand in the picture where they were in the list", async (t) => {
  const tiles = [0, 50, 100, 150, 200, 255].map((shade) => new Uint8Array(4).fill(shade));
  const { width, height, data, palette } = decode(await join_tiles(3, ...tiles));
  t.deepEqual([width, height], [6, 4]);
  const row = (...shades: number[]): number[] => shades.flatMap((shade) => [shade, shade]);
  const [upper, lower] = [row(0, 50, 100), row(150, 200, 255)];
  t.deepEqual([...data], [...upper, ...upper, ...lower, ...lower]);
  t.deepEqual(palette![255], [0, 0, 0]);
});

test("a tile is a window on the plane, row by row from its upper left corner", async (t) => {
  const whole = (await mandelbrot_tile(-2, 1, 0.25, 8)) as Uint8Array;
  const right = (await mandelbrot_tile(-1, 0, 0.25, 4)) as Uint8Array;
  for (let y = 0; y < 4; y++) t.deepEqual(right.subarray(4 * y, 4 * y + 4), whole.subarray(8 * (y + 4) + 4, 8 * (y + 4) + 8));
});

test("what makes no picture is refused", async (t) => {
  const message = /no picture/;
  await t.throwsAsync(async () => join_tiles(2, new Uint8Array(4)), { message });
  await t.throwsAsync(async () => join_tiles(1, new Uint8Array(4), new Uint8Array(9)), { message });
  await t.throwsAsync(async () => join_tiles(0, new Uint8Array(4)), { message });
  await t.throwsAsync(async () => join_tiles(1, new Uint8Array(5)), { message });
  await t.throwsAsync(async () => join_tiles(1), { message });
});
