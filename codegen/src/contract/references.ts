import { quote } from "./diagnostics.js";
import type { Findings, Path } from "./findings.js";
import { isObject, itemsOf, member, membersOf } from "./record.js";
import { didYouMean } from "./suggest.js";

const prefix = "#/$defs/";

/** The name of the type that a `$ref` leads to; `undefined`, and a finding, where it leads nowhere. */
export function checkReference(contract: unknown, reference: unknown, path: Path, findings: Findings): string | undefined {
  if (typeof reference !== "string") return undefined;
  const definitions = member(contract, "$defs");
  if (!reference.startsWith("#")) {
    findings.error("ERR_REF_REMOTE", path, {
      message: `${quote(reference)} leads out of this contract, and nothing is ever fetched.`,
      hint:
        member(definitions, reference) !== undefined
          ? `Write "${prefix}${reference}".`
          : "Copy the type into $defs and refer to it there.",
    });
    return undefined;
  }
  const name = reference.slice(prefix.length);
  if (!reference.startsWith(prefix) || !/^[A-Za-z0-9_]+$/.test(name)) {
    findings.error("ERR_REF", path, {
      message: `${quote(reference)} is not of the form "${prefix}Name".`,
      hint: "Give the type a name of its own under $defs and refer to that.",
    });
    return undefined;
  }
  if (isObject(definitions) && Object.hasOwn(definitions, name)) return name;
  const names = membersOf(definitions).map(([defined]) => defined);
  findings.error("ERR_REF_MISSING", path, {
    message: `There is no ${name} under $defs.`,
    hint: didYouMean(name, names) ?? (names.length === 0 ? "Define it there." : `There are ${names.slice(0, 10).join(", ")}.`),
  });
  return undefined;
}

/** The name in a `$ref` that has been checked. */
export function referenced(reference: string): string {
  return reference.slice(prefix.length);
}

/**
 * Types may contain themselves (a tree does) as long as a value can end somewhere: in an absent field, an empty array, a null. A type
 * for which that is impossible is told with the way that leads back to it. Gives the names of all types that cannot end.
 */
export function checkCycles(contract: unknown, findings: Findings): ReadonlySet<string> {
  const definitions = new Map(membersOf(member(contract, "$defs")).map(([name, schema]) => [name, needs(schema)]));
  const ending = new Set<string>();
  let size = -1;
  // What can end, grows until nothing is added; what is left has no end.
  while (ending.size !== size) {
    size = ending.size;
    for (const [name, needed] of definitions) {
      if (needed.every((other) => ending.has(other) || !definitions.has(other))) ending.add(name);
    }
  }
  const endless = new Set([...definitions.keys()].filter((name) => !ending.has(name)));
  const told = new Set<string>();
  for (const start of endless) {
    // A type without an end needs another such one, so the way comes to a name that it, or another way, has been to.
    const way = new Set<string>();
    let at = start;
    while (!told.has(at) && !way.has(at)) {
      way.add(at);
      at = definitions.get(at)!.find((needed) => endless.has(needed))!;
    }
    if (way.has(at)) tellCycle([...way].slice([...way].indexOf(at)), findings);
    for (const name of way) told.add(name);
  }
  return endless;
}

function tellCycle(way: readonly string[], findings: Findings): void {
  findings.error("ERR_REF_CYCLE", ["$defs", way[0]!], {
    message: `No value of this type could ever end: ${[...way, way[0]].join(" -> ")}.`,
    hint: "Leave a field of the circle out of required, or let an array in it be empty.",
    atKey: true,
  });
}

/** The types of which every value of this schema holds a value. */
function needs(schema: unknown): string[] {
  if (!isObject(schema)) return [];
  const reference = member(schema, "$ref");
  if (typeof reference === "string") return reference.startsWith(prefix) ? [referenced(reference)] : [];
  const type = member(schema, "type");
  if (type === "array") return Number(member(schema, "minItems") ?? 0) > 0 ? needs(member(schema, "items")) : [];
  if (type !== "object") return [];
  const fields = itemsOf(member(schema, "required")).flatMap((field) =>
    typeof field === "string" ? needs(member(member(schema, "properties"), field)) : [],
  );
  const filled = Number(member(schema, "minProperties") ?? 0) > 0 ? needs(member(schema, "additionalProperties")) : [];
  return [...fields, ...filled];
}
