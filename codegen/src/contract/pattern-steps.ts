import { CharSet, type Concatenation, type Element, JS, type NoParent, type Quantifier } from "refa";

type Sequence = NoParent<Concatenation>;
type Part = NoParent<Element>;

const nothing = CharSet.empty(0x10ffff);
const anything = CharSet.all(0x10ffff);

/**
 * How many steps a backtracking engine could take at the most to find that a string of this length does not match: an upper bound, to
 * the order of magnitude. Infinity stands for exponential time.
 *
 * One character of look-ahead decides everything here. Where it tells an engine which way to go, there is one way; where it does not,
 * an alternation has as many ways as alternatives, and a repetition as many as it may stop at. Ways multiply along the pattern, and
 * a repetition whose inside has more than one way multiplies it by itself with every turn.
 *
 * @throws on a pattern that is no regular expression, or has a back-reference
 */
export function stepsOf(pattern: string, length: number): number {
  const { expression } = JS.Parser.fromLiteral({ source: pattern, flags: "u" }).parse({
    backreferences: "throw",
    maxBackreferenceWords: 0,
    simplify: false,
  });
  const { alternatives } = expression;
  const count = new Count(length);
  // Without ^, the engine starts anew at every character.
  count.alternatives(alternatives, nothing, alternatives.every(isAnchored) ? 1 : length + 1);
  return count.steps;
}

class Count {
  readonly #length: number;
  steps = 0;

  constructor(length: number) {
    this.#length = length;
  }

  /**
   * @param follow the characters with which what comes after may begin
   * @param ways in how many ways the engine may get here
   * @returns in how many ways it may leave
   */
  alternatives(alternatives: readonly Sequence[], follow: CharSet, ways: number): number {
    const out = alternatives.map((alternative) => this.#sequence(alternative.elements, follow, ways));
    const starts = alternatives.map((alternative) => startOf(alternative.elements, follow));
    return arePairwiseDisjoint(starts) ? Math.max(ways, ...out) : out.reduce((sum, one) => sum + one, 0);
  }

  #sequence(parts: readonly Part[], follow: CharSet, ways: number): number {
    return parts.reduce((reached, part, index) => this.#part(part, startOf(parts.slice(index + 1), follow), reached), ways);
  }

  #part(part: Part, follow: CharSet, ways: number): number {
    switch (part.type) {
      case "CharacterClass":
        this.steps += ways;
        return ways;
      case "Alternation":
        return this.alternatives(part.alternatives, follow, ways);
      case "Assertion":
        // What is inside is left at its first match, and backwards it would have to be read the other way round.
        if (part.kind === "behind" && repeats(part)) this.steps = Number.POSITIVE_INFINITY;
        this.alternatives(part.alternatives, nothing, ways);
        return ways;
      case "Quantifier":
        return part.max === 1 ? this.#optional(part, follow, ways) : this.#repetition(part, follow, ways);
      case "Unknown":
        throw new Error(`${part.id} cannot be checked`);
    }
  }

  #optional({ min, alternatives }: NoParent<Quantifier>, follow: CharSet, ways: number): number {
    const out = this.alternatives(alternatives, follow, ways);
    if (min === 1) return out;
    return alternatives.some(isEmptyable) || !startOfAny(alternatives).isDisjointWith(follow) ? out + ways : Math.max(out, ways);
  }

  #repetition({ min, max, alternatives }: NoParent<Quantifier>, follow: CharSet, ways: number): number {
    if (max === 0) return ways;
    if (alternatives.some(isEmptyable)) {
      // Turns that match nothing can be put anywhere between the others.
      this.steps = Number.POSITIVE_INFINITY;
      return ways;
    }
    const start = startOfAny(alternatives);
    const turns = Math.min(max, this.#length);
    const turn = new Count(this.#length);
    const inside = turn.alternatives(alternatives, start.union(follow), 1);
    const through = ways * inside ** turns;
    this.steps += through * turns * turn.steps;
    const stops = min === max || start.isDisjointWith(follow) ? 1 : Math.max(turns - min + 1, 1);
    return through * stops;
  }
}

/** The characters with which a match of the parts, and of what follows them if they match nothing, may begin. */
function startOf(parts: readonly Part[], follow: CharSet): CharSet {
  let start = nothing;
  for (const part of parts) {
    start = start.union(startOfPart(part));
    if (!mayBeEmpty(part)) return start;
  }
  return start.union(follow);
}

function startOfAny(alternatives: readonly Sequence[]): CharSet {
  return alternatives.reduce((start, { elements }) => start.union(startOf(elements, nothing)), nothing);
}

function startOfPart(part: Part): CharSet {
  switch (part.type) {
    case "CharacterClass":
      return part.characters;
    case "Alternation":
    case "Quantifier":
      return startOfAny(part.alternatives);
    case "Assertion":
      // One that takes time is to be counted at each place where what stands before it may stop.
      return repeats(part) ? anything : nothing;
    case "Unknown":
      return anything;
  }
}

function mayBeEmpty(part: Part): boolean {
  switch (part.type) {
    case "CharacterClass":
      return false;
    case "Alternation":
      return part.alternatives.some(isEmptyable);
    case "Quantifier":
      return part.min === 0 || part.alternatives.some(isEmptyable);
    default:
      return true;
  }
}

function isEmptyable({ elements }: Sequence): boolean {
  return elements.every(mayBeEmpty);
}

function repeats(part: Part): boolean {
  if (part.type === "Quantifier") return true;
  return "alternatives" in part && part.alternatives.some(({ elements }) => elements.some(repeats));
}

/** `^`: nothing stands before. */
function isAnchored({ elements: [first] }: Sequence): boolean {
  return (
    first?.type === "Assertion" &&
    first.kind === "behind" &&
    first.negate &&
    first.alternatives.some(
      ({ elements: [only, ...more] }) => more.length === 0 && only?.type === "CharacterClass" && only.characters.isAll,
    )
  );
}

function arePairwiseDisjoint(sets: readonly CharSet[]): boolean {
  let seen = nothing;
  for (const set of sets) {
    if (!seen.isDisjointWith(set)) return false;
    seen = seen.union(set);
  }
  return true;
}
