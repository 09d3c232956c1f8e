import fc from "fast-check";

/** Text that would do something if it were ever read as code. */
export const attacks: readonly string[] = [
  "*/ globalThis.hit = 1; /*",
  "\n*/\nglobalThis.hit = 1;\n/*",
  "*/throw 1;/*",
  "$" + "{process.exit(1)}",
  "`; globalThis.hit = 1; `",
  '"]; import("fs"); ["',
  "'; globalThis.hit = 1; '",
  "\\",
  '\\"; globalThis.hit = 1; //',
  "\u2028globalThis.hit = 1;\u2029",
  "\r\nglobalThis.hit = 1;",
  "</script><script>globalThis.hit = 1</script>",
  "<!-- globalThis.hit = 1 -->",
  "@ts-ignore",
  "\n@ts-nocheck\n",
  "//# sourceMappingURL=data:application/json,{}",
  "/*# sourceURL=x */",
  " eslint-disable ",
  "/// <reference path='/etc/passwd' />",
  "\u202e\u2066 txet",
  "\0\u0007\u001b[31m",
  "__proto__",
  "constructor",
  "/g; globalThis.hit = 1; /",
  "#/$defs/A",
  "%s%n",
  "{@link javascript:globalThis.hit=1}",
  "!!js/function 'function () {}'",
  "*alias",
  "x".repeat(3_000),
];

/** One of them, or any other text, or both. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...attacks),
  fc.string({ unit: "binary", maxLength: 40 }).map((text) => text.toWellFormed()),
  fc.tuple(fc.constantFrom(...attacks), fc.string({ unit: "grapheme", maxLength: 10 })).map((parts) => parts.join("")),
);
