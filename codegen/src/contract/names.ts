import { quote } from "./diagnostics.js";
import type { Findings, Path } from "./findings.js";

/**
 * Names that are not taken for tasks, arguments and results. A name is the same on the wire and in TypeScript, where it stands as a
 * parameter, a property of the senders, and the export of a handler's module; so it must mean nothing there yet.
 */
const reserved: ReadonlySet<string> = new Set([
  // What every object has, or what makes an object something else: a promise, a module's default
  ...Object.getOwnPropertyNames(Object.prototype),
  ..."prototype then".split(" "),
  // Words of JavaScript and TypeScript that cannot be names in a module
  ...`arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally for
  function if implements import in instanceof interface let new null package private protected public return static super switch this
  throw true try typeof undefined var void while with yield NaN Infinity`.split(/\s+/),
]);

/** Types that generated code exports beside those of the contract, and built-in ones that a user's file would lose by importing. */
const reservedTypes: ReadonlySet<string> = new Set(
  `Handlers Tasks Senders Array BigInt Boolean Date Error Function Map Number Object Promise ReadonlyArray Record RegExp Set String Symbol
  Uint8Array Infinity NaN`.split(/\s+/),
);

export function checkName(name: string, path: Path, findings: Findings, atKey = false): void {
  if (!reserved.has(name)) return;
  findings.error("ERR_NAME_RESERVED", path, {
    message: `${quote(name)} means something in JavaScript or TypeScript already.`,
    hint: `Choose another name, ${quote(`${name}_task`)} perhaps.`,
    atKey,
  });
}

export function checkDefinitionName(name: string, path: Path, findings: Findings): void {
  if (!reservedTypes.has(name)) return;
  findings.error("ERR_NAME_RESERVED", path, {
    message: `${quote(name)} is a type that TypeScript or the generated code has already.`,
    hint: `Choose another name, ${quote(`${name}Data`)} perhaps.`,
    atKey: true,
  });
}

/** Names that differ in case only would be one file, or one slip of the finger, apart. */
export function checkCollisions(names: Iterable<string>, path: Path, findings: Findings): void {
  const seen = new Map<string, string>();
  for (const name of names) {
    const first = seen.get(name.toLowerCase());
    if (first === undefined) seen.set(name.toLowerCase(), name);
    else {
      findings.error("ERR_NAME_COLLISION", [...path, name], {
        message: `${quote(name)} and ${quote(first)} (line ${findings.lineOf([...path, first], true)}) differ in upper and lower case only.`,
        hint: "Rename one of them.",
        atKey: true,
      });
    }
  }
}
