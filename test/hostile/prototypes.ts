import { JsonNumber } from "../../src/wire/json-value.js";

/** What all objects of a kind share. */
const shared: readonly object[] = [
  Object.prototype,
  Function.prototype,
  Array.prototype,
  String.prototype,
  Number.prototype,
  BigInt.prototype,
  Boolean.prototype,
  Symbol.prototype,
  Error.prototype,
  RegExp.prototype,
  Date.prototype,
  Map.prototype,
  Set.prototype,
  Promise.prototype,
  Uint8Array.prototype,
  Buffer.prototype,
  Object,
  Array,
  JSON,
  Math,
  Reflect,
];

const look = () => shared.map((object) => Reflect.ownKeys(object).map((key) => ({ key, value: descriptorOf(object, key) })));

function descriptorOf(object: object, key: PropertyKey): unknown {
  const { value, get } = Object.getOwnPropertyDescriptor(object, key)!;
  return value ?? get;
}

/** Takes down what prototypes are like now; the answer says which have become others since. */
export function watchPrototypes(): () => string[] {
  const before = look();
  return () =>
    look().flatMap((now, i) => {
      const isSame = now.length === before[i]!.length && now.every(({ key, value }, n) => isAsBefore(before[i]![n]!, key, value));
      return isSame ? [] : [String((shared[i] as { constructor?: { name?: string } }).constructor?.name)];
    });
}

const isAsBefore = (before: { key: PropertyKey; value: unknown }, key: PropertyKey, value: unknown) =>
  before.key === key && Object.is(before.value, value);

const plain: ReadonlySet<object | null> = new Set([Object.prototype, Array.prototype, JsonNumber.prototype, null]);

/** Where in a value that was read something inherits from what the message brought along. */
export function strangers(value: unknown, at = "/"): string[] {
  if (typeof value !== "object" || value === null) return [];
  const held = Reflect.ownKeys(value).flatMap((key) => strangers(value[key as keyof typeof value], `${at}${String(key)}/`));
  return plain.has(Object.getPrototypeOf(value)) ? held : [at, ...held];
}
