import { distance } from "fastest-levenshtein";

/**
 * The candidate that `word` was most likely meant to be, or `undefined` where none is close: at most a third of its letters may
 * differ, upper and lower case counting as the same.
 */
export function closest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > 100) return undefined;
  const lower = word.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.floor(Math.max(word.length, 3) / 3) + 1;
  for (const candidate of candidates) {
    const d = distance(lower, candidate.toLowerCase());
    if (d < bestDistance) {
      best = candidate;
      bestDistance = d;
    }
  }
  return best;
}

/** `Did you mean x?`, or a list of what there is where nothing is close. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const near = closest(word, candidates);
  return near === undefined ? `Known: ${candidates.join(", ")}.` : `Did you mean "${near}"?`;
}
