import { Random } from "./random.js";

/*
 * How much a run does, and what chance it follows: `CHAOS_PROFILE=full` (`npm run chaos`) does as much as the promises are made for,
 * `CHAOS_SCALE` multiplies the counts, `CHAOS_SEED` repeats a schedule. What the processes do at the same time is the system's to
 * decide, so that a seed repeats the schedule and not each interleaving.
 */
export const full = process.env.CHAOS_PROFILE === "full";
const scale = Number(process.env.CHAOS_SCALE ?? 1);
/** What all chance of a run follows. */
export const seed = Number(process.env.CHAOS_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** A count: of an ordinary run, and of a full one. */
export const count = (ordinary: number, inFull: number): number => Math.max(1, Math.round((full ? inFull : ordinary) * scale));

/** The seeds that a scenario goes through, one after another, which is promised for several. */
export const seeds: readonly number[] = Array.from({ length: full ? 5 : 1 }, (_, i) => seed + i);

/** A scenario's own chance: the same whichever others run. */
export function randomOf(scenario: string, ofSeed = seed): Random {
  let mixed = ofSeed;
  for (const character of scenario) mixed = (Math.imul(mixed, 31) + character.codePointAt(0)!) >>> 0;
  return new Random(mixed);
}

export const howToRepeat = (file: string, title: string, ofSeed = seed): string =>
  `CHAOS_SEED=${ofSeed} CHAOS_SCALE=${scale}${full ? " CHAOS_PROFILE=full" : ""} npx ava ${file} --match ${JSON.stringify(title)}`;
