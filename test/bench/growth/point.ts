import type { Point } from "../curve.js";
import { measured } from "../measure.js";

/** A point of a curve: `once` measured so often, one time after the other. */
export async function point(at: number, count: number, repetitions: number, once: () => Promise<number>): Promise<Point> {
  const values: number[] = [];
  for (let i = 0; i < repetitions; i++) values.push(await once());
  return { at, ...withoutName(measured("", count, values)) };
}

function withoutName({ name: _, ...rest }: ReturnType<typeof measured>) {
  return rest;
}
