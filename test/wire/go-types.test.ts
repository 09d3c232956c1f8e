import test from "ava";
import { takenAs } from "machinery-ts-codegen";
import { holds } from "../../src/wire/go-types.js";

const scalars = ["bool", "string", ...["int", "uint"].flatMap((kind) => ["", 8, 16, 32, 64].map((size) => `${kind}${size}`))];
const types = [...scalars, "float32", "float64"].flatMap((scalar) => [scalar, `[]${scalar}`]);

test("the generator, which cannot call the runtime, lets the same types stand for each other", (t) => {
  let wider = 0;
  for (const wide of types) {
    for (const narrow of types) {
      if (wide === narrow) continue;
      t.is(takenAs(wide).includes(narrow), holds(wide, narrow), `${narrow} where ${wide} is declared`);
      if (holds(wide, narrow)) wider++;
    }
  }
  t.true(holds("int64", "uint32") && !holds("int32", "uint32") && !holds("[]int64", "int32") && !holds("[]uint16", "[]uint8"));
  t.true(wider > 50, `${wider}`);
});
