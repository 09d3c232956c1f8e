import type { Path } from "../contract/findings.js";

const schema =
  `$ref title description deprecated $comment type format enum const pattern minLength maxLength minimum exclusiveMinimum maximum
  exclusiveMaximum multipleOf items minItems maxItems uniqueItems required properties additionalProperties minProperties maxProperties
  examples`.split(/\s+/);

const parameter = ["name", "type", "variadic", "aliases", "description"];

/** Places in a contract, `*` for any name or index, and the order of keys there. */
const orders: readonly (readonly [place: string, keys: readonly string[]])[] = [
  ["", "$schema contract package description unstable wire_names imports reserved tasks $defs".split(" ")],
  ["imports/*", ["from", "as", "serve"]],
  ["reserved", ["tasks", "fields"]],
  ["tasks/*", "description aliases args returns versions policy".split(" ")],
  ["tasks/*/args/*", parameter],
  ["tasks/*/returns/*", parameter],
  ["tasks/*/versions/*", ["hash", "args", "returns"]],
  ["tasks/*/versions/*/args/*", parameter],
  ["tasks/*/versions/*/returns/*", parameter],
  ["tasks/*/policy", "run queue retry timeout result_ttl served_by".split(" ")],
  ["tasks/*/policy/retry", ["count", "timeout"]],
];

/** The order of a mapping's keys at a place in a contract; none where its keys are names. */
export function keyOrder(path: Path): readonly string[] | undefined {
  if (path[0] === "$defs") return path.length > 1 && isSchema(path.slice(2)) ? schema : undefined;
  return orders.find(([place]) => matches(place === "" ? [] : place.split("/"), path))?.[1];
}

/** Whether a path inside a type leads to a schema, and not to the record of its fields, nor into an example. */
function isSchema(path: Path): boolean {
  const [first, , ...rest] = path;
  if (first === undefined) return true;
  if (first === "properties") return path.length > 1 && isSchema(rest);
  return (first === "items" || first === "additionalProperties") && isSchema(path.slice(1));
}

function matches(place: readonly string[], path: Path): boolean {
  return place.length === path.length && place.every((part, i) => part === "*" || part === path[i]);
}
