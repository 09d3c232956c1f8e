import test from "ava";
import { equal, type FormatName, formats, isBase64, ucs2length } from "../../src/gen/v1/validate.js";

const examples: { [format in FormatName]: [good: string[], bad: string[]] } = {
  date: [["2026-01-31"], ["2026-02-30", "2026-1-1", ""]],
  "date-time": [
    ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.123+02:00"],
    ["2026-01-01T00:00:00", "tomorrow"],
  ],
  time: [["23:59:59Z"], ["23:59:59", "24:00:00Z"]],
  duration: [["P1DT2H"], ["P", "1 day"]],
  email: [["a.b@example.com"], ["a@", "a b@example.com", `${"a".repeat(400)}@example.com`]],
  hostname: [["example.com"], ["-example.com", `${"a".repeat(300)}`]],
  ipv4: [["127.0.0.1"], ["256.0.0.1", "1.2.3"]],
  ipv6: [
    ["::1", "2001:db8::1"],
    ["1::2::3", "localhost"],
  ],
  uri: [["https://example.com/a?b#c"], ["example", "http://a b"]],
  uuid: [["7c9f1f0e-3c7b-4c7e-9d5e-0d2a5a0c9f11"], ["7c9f1f0e", "7c9f1f0e-3c7b-4c7e-9d5e-0d2a5a0c9f1g"]],
};

for (const name of Object.keys(formats) as FormatName[]) {
  test(`format ${name}`, (t) => {
    for (const text of examples[name][0]) t.true(formats[name](text), text);
    for (const text of examples[name][1]) t.false(formats[name](text), text);
  });
}

test("length counts code points", (t) => {
  t.is(ucs2length("a😀é"), 3);
});

test("equality is deep, of objects without a prototype too", (t) => {
  const bare = Object.assign(Object.create(null), { a: [1, { b: null }] });
  t.true(equal(bare, { a: [1, { b: null }] }));
  t.false(equal(bare, { a: [1, { b: undefined }] }));
  t.false(equal({ a: 1 }, { b: 1 }));
  t.false(equal({ a: undefined }, { b: undefined }));
  t.false(equal([], {}));
  t.false(equal([1], [1, 2]));
  t.false(equal(null, {}));
  t.true(equal(10n, 10n));
});

test("base64 has its padding and nothing else", (t) => {
  for (const text of ["", "QQ==", "QUE=", "QUFB", "+/+/"]) t.true(isBase64(text), text);
  for (const text of ["Q", "QQ", "QQ=", "Q===", "====", "QQ==QQ==", "QUF\n", "QU-_", " QUE"]) t.false(isBase64(text), text);
  t.true(isBase64("A".repeat(2 ** 24)));
});
