import { builder, type GoType, go, goResults, type TaskDefinition } from "machinery-ts/gen/v1";

/** A definition as codegen would write it, made at run time; arguments are named by their place. */
function define(name: string, takes: readonly GoType[], gives: readonly GoType[], more: Partial<TaskDefinition> = {}) {
  const typeAt = (i: number) => takes[i] ?? takes.at(-1)!;
  const definition: TaskDefinition = {
    name,
    hash: `hash-of-${name}`,
    policy: {},
    takes,
    variadic: false,
    gives,
    validate: () => true,
    encodeArgs: (args) =>
      args.map((arg, i) => `{"Name":"","Type":"${typeAt(i)}","Value":${go[typeAt(i)].encode(arg as never, "args", i)}}`).join(),
    decodeArgs: (args) => args.map(({ Value }, i) => go[typeAt(i)].decode(Value, "args", i)),
    encodeResults: () => "[]",
    decodeResults: (results) => results.map(({ Value }, i) => goResults[gives[i]!].decode(Value, "results", i)),
    ...more,
  };
  return builder(definition);
}

export const add = define("add", ["int64"], ["int64"], { variadic: true, hash: "" });
export const multiply = define("multiply", ["int64"], ["int64"], { variadic: true, hash: "" });
export const sub = define("sub", ["int64", "int64"], ["int64"]);
export const split = define("split", ["string"], ["[]string"]);
export const report = define("report", ["string", "int64"], [], { variadic: true });
export const note = define("note", ["string", "string"], []);
export const none = define("none", [], []);
export const resize = define("resize", ["int64"], ["int64"], {
  policy: { queue: "images", retryCount: 3, retryTimeoutSeconds: 2 },
});
