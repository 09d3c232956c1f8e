import test from "ava";
import fc from "fast-check";
import { quoted } from "../../src/wire/quoted.js";

test("a string is quoted as JSON.stringify does it, whatever is in it", (t) => {
  for (let unit = 0; unit <= 0xffff; unit++) {
    const text = String.fromCharCode(unit);
    if (quoted(text) !== JSON.stringify(text)) t.fail(`U+${unit.toString(16)}`);
  }
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => quoted(text) === JSON.stringify(text)));
  t.is(quoted('a "b" \\ \u0000 \ud800'), '"a \\"b\\" \\\\ \\u0000 \\ud800"');
  t.is(quoted("plain 😀"), '"plain 😀"');
});
