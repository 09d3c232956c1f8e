import { distance } from "fastest-levenshtein";

/** `Did you mean "x"?`, if one of the words is close enough to what was written to be a slip. */
export function didYouMean(written: string, words: Iterable<string>): string | undefined {
  let best: string | undefined;
  // A third of the letters may be wrong, never all of them; what is as long as a sentence is no slip.
  let bestDistance = written.length > 64 ? 0 : Math.min(Math.ceil(written.length / 3) + 1, written.length);
  for (const word of words) {
    const d = written.toLowerCase() === word.toLowerCase() ? 0.5 : distance(written, word);
    if (d < bestDistance) [best, bestDistance] = [word, d];
  }
  return best === undefined ? undefined : `Did you mean "${best}"?`;
}
