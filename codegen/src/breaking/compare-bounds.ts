import type { JsonSchema } from "../model.js";
import type { SchemaPlace } from "./compare-schemas.js";

type Family = "RANGE" | "LENGTH" | "COUNT";

/** Lower and upper bounds, by the keywords that give them. */
const bounds: readonly (readonly [Family, keyword: string, side: "lower" | "upper"])[] = [
  ["LENGTH", "minLength", "lower"],
  ["LENGTH", "maxLength", "upper"],
  ["COUNT", "minItems", "lower"],
  ["COUNT", "maxItems", "upper"],
  ["COUNT", "minProperties", "lower"],
  ["COUNT", "maxProperties", "upper"],
];

/** What has become of the bounds of a value: which of both is stricter can be told exactly. */
export function compareBounds(was: JsonSchema, is: JsonSchema, place: SchemaPlace): void {
  for (const [family, keyword, side] of bounds) {
    const none = side === "lower" ? 0 : Number.POSITIVE_INFINITY;
    compareBound(family, keyword, number(was[keyword]) ?? none, number(is[keyword]) ?? none, side, place);
  }
  const whole = was.type === "integer" && is.type === "integer";
  for (const side of ["lower", "upper"] as const) {
    const [then, now] = [limit(was, side, whole), limit(is, side, whole)];
    // Of two equal bounds the one that is not allowed itself is the stricter.
    const open = then.value === now.value ? Number(now.open) - Number(then.open) : 0;
    const step = side === "lower" ? now.value - then.value : then.value - now.value;
    const stricter = then.value === now.value ? open : step;
    tell("RANGE", now.keyword, then.text, now.text, Number.isNaN(stricter) ? 0 : stricter, place);
  }
  const unique = Number(is.uniqueItems === true) - Number(was.uniqueItems === true);
  tell("COUNT", "uniqueItems", was.uniqueItems === true, is.uniqueItems === true, unique, place);
  compareMultiples(number(was.multipleOf), number(is.multipleOf), place);
}

function compareBound(family: Family, keyword: string, then: number, now: number, side: string, place: SchemaPlace): void {
  if (then === now) return;
  tell(family, keyword, then, now, side === "lower" ? now - then : then - now, place);
}

/** @param stricter above 0 where the newer contract takes less */
function tell(family: Family, keyword: string, then: unknown, now: unknown, stricter: number, place: SchemaPlace): void {
  if (stricter === 0) return;
  const shown = (value: unknown) => (value === Number.POSITIVE_INFINITY ? "not there" : String(value));
  const message = `${place.called}: ${keyword} was ${shown(then)}, and is ${shown(now)}.`;
  place.changes.add(`${family}_${stricter > 0 ? "NARROWED" : "WIDENED"}`, [...place.path, keyword], message, place.flow);
}

interface Limit {
  readonly keyword: string;
  readonly value: number;
  readonly open: boolean;
  readonly text: string;
}

/** The strictest bound on one side. Of whole numbers, "above 0" is "1 at least". */
function limit(schema: JsonSchema, side: "lower" | "upper", whole: boolean): Limit {
  const [closed, open] = side === "lower" ? ["minimum", "exclusiveMinimum"] : ["maximum", "exclusiveMaximum"];
  const sign = side === "lower" ? 1 : -1;
  const found = [closed, open].flatMap((keyword): Limit[] => {
    const value = number(schema[keyword]);
    if (value === undefined) return [];
    const exclusive = keyword === open;
    const text = exclusive ? `${side === "lower" ? "above" : "below"} ${value}` : String(value);
    if (!whole) return [{ keyword, value, open: exclusive, text }];
    const rounded = side === "lower" ? Math.ceil(value) : Math.floor(value);
    return [{ keyword, value: exclusive && rounded === value ? value + sign : rounded, open: false, text }];
  });
  const strictest = found.sort((a, b) => sign * (b.value - a.value) || Number(b.open) - Number(a.open))[0];
  return strictest ?? { keyword: closed, value: -sign * Number.POSITIVE_INFINITY, open: false, text: "not there" };
}

function compareMultiples(then: number | undefined, now: number | undefined, { path, called, flow, changes }: SchemaPlace): void {
  if (then === now) return;
  const relation =
    then === undefined || (now !== undefined && isMultiple(now, then))
      ? "NARROWED"
      : now === undefined || isMultiple(then, now)
        ? "WIDENED"
        : "CHANGED";
  const message = `${called}: multipleOf was ${then ?? "not there"}, and is ${now ?? "not there"}.`;
  changes.add(`MULTIPLE_${relation}`, [...path, "multipleOf"], message, flow);
}

function isMultiple(value: number, of: number): boolean {
  return Number.isInteger(value / of);
}

function number(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
