import test from "ava";
import { takenAs } from "machinery-ts-codegen";
import { holds } from "../../src/wire/go-types.js";
import { built, filesOf } from "../codegen/emit/project.js";

const scalars = "bool int int8 int16 int32 int64 uint uint8 uint16 uint32 uint64 float32 float64 string".split(" ");
const types = [...scalars, ...scalars.map((scalar) => `[]${scalar}`)];

/** The least and the greatest value of a type of whole numbers. */
function bounds(type: string): [bigint, bigint] | undefined {
  const [, unsigned, size = "64"] = /^(u?)int(\d*)$/.exec(type) ?? [];
  if (unsigned === undefined) return undefined;
  const bits = BigInt(size || "64");
  return unsigned === "u" ? [0n, 2n ** bits - 1n] : [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n];
}

test("a type holds another where its range does; the runtime and the generator agree", (t) => {
  for (const wide of types) {
    for (const narrow of types) {
      if (wide !== narrow) t.is(holds(wide, narrow), takenAs(wide).includes(narrow), `${wide} ${narrow}`);
      const [to, from] = [bounds(wide), bounds(narrow)];
      if (to !== undefined && from !== undefined)
        t.is(holds(wide, narrow), to[0] <= from[0] && from[1] <= to[1], `${wide} ${narrow}`);
    }
  }
  t.true(holds("float64", "float32"));
  t.false(holds("float32", "float64"));
  t.false(holds("float64", "int8"));
  t.false(holds("[]int64", "int64"));
  t.false(holds("string", "string"));
});

test("a newer worker takes the narrower type of older senders, and a newer sender the narrower one of older workers", async (t) => {
  const task = (type: string) => ({ args: [{ name: "x", type }], returns: [{ name: "y", type }] });
  const contract = { contract: "1", package: "p", tasks: { t: task("int64") } };
  const { definitions } = await (await built(t, await filesOf(contract)))("definitions.js");
  const message = (Type: string, Value: unknown) => ({ UUID: "task_1", Name: "t", Args: [{ Name: "", Type, Value }] });
  for (const type of ["int8", "int32", "int", "uint32"]) {
    t.true(definitions.t.validate(message(type, 5)), type);
    t.deepEqual(definitions.t.decodeArgs([{ Name: "", Type: type, Value: 5 }]), [5n]);
    t.is(definitions.t.decodeResults([{ Type: type, Value: 5 }]), 5n);
  }
  for (const type of ["uint64", "float64", "string", "[]int64"]) {
    t.false(definitions.t.validate(message(type, 5)), type);
    t.throws(() => definitions.t.decodeResults([{ Type: type, Value: 5 }]), { message: /ERR_RESULT_TYPE/ });
  }
});
