import fc from "fast-check";

/** A change to some bytes. A place counts round the end, so that it is in any text. */
type Edit =
  | { readonly kind: "flip"; readonly at: number; readonly bit: number }
  | { readonly kind: "remove"; readonly at: number; readonly length: number }
  | { readonly kind: "insert"; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: "copy"; readonly from: number; readonly at: number; readonly length: number };

/** What means something in a message. */
const pieces = [
  ...'{}[],:"\\-0e.'.split(""),
  "null",
  "true",
  "1e999",
  "-0",
  "1.0",
  "9007199254740993",
  "18446744073709551616",
  '"__proto__":{"isAdmin":true},',
  '"constructor":1,',
  '"UUID":"task_other",',
  '"Args":[{"Type":"int64","Value":1}],',
  ',"Headers":{"a":1}',
  '"Name":"toString",',
  "\\u0000",
  "\\ud800",
  "\ufeff",
  "[".repeat(70),
];

const place = fc.nat(100_000);

const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ kind: fc.constant("flip" as const), at: place, bit: fc.nat(7) }),
  fc.record({ kind: fc.constant("remove" as const), at: place, length: fc.integer({ min: 1, max: 30 }) }),
  fc.record({
    kind: fc.constant("insert" as const),
    at: place,
    bytes: fc.oneof(
      fc.constantFrom(...pieces).map((text) => Buffer.from(text)),
      fc.uint8Array({ minLength: 1, maxLength: 4 }),
    ),
  }),
  fc.record({ kind: fc.constant("copy" as const), from: place, at: place, length: fc.integer({ min: 1, max: 200 }) }),
);

/** One to four of them, one after the other. */
export const mutation: fc.Arbitrary<(text: string) => Buffer> = fc
  .array(edit, { minLength: 1, maxLength: 4 })
  .map((edits) => Object.assign((text: string) => edits.reduce(apply, Buffer.from(text)), { toString: () => fc.stringify(edits) }));

function apply(bytes: Buffer, edit: Edit): Buffer {
  const at = edit.at % (bytes.length + 1);
  switch (edit.kind) {
    case "flip": {
      const copy = Buffer.from(bytes);
      copy[at] = (copy[at] ?? 0) ^ (1 << edit.bit);
      return copy;
    }
    case "remove":
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + edit.length)]);
    case "insert":
      return Buffer.concat([bytes.subarray(0, at), edit.bytes, bytes.subarray(at)]);
    case "copy": {
      const from = edit.from % (bytes.length + 1);
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(from, from + edit.length), bytes.subarray(at)]);
    }
  }
}

const oddValues: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(null, true, 0, -1, 1.5, 256, 1e9, 2 ** 53, "", "x", "1", "constructor", "__proto__", "vec", "delayed_tasks"),
  fc.constantFrom<unknown>([], {}, [null], [[]], [{}], { Type: "int64", Value: "1" }, "tomorrow", "0001-01-01T00:00:00Z"),
  fc.constantFrom("bool", "int8", "uint64", "float32", "[]byte", "[]uint8", "string", "[]string", "every", "add", "fail", "resize"),
  fc.jsonValue({ maxDepth: 2 }),
);

/** A message with some of its values replaced by others. */
export const replacement: fc.Arbitrary<(text: string) => Buffer> = fc
  .array(fc.tuple(fc.nat(10_000), oddValues), { minLength: 1, maxLength: 3 })
  .map((changes) =>
    Object.assign(
      (text: string) => {
        const message = JSON.parse(text) as object;
        for (const [which, value] of changes) replaceOne(message, which, value);
        return Buffer.from(JSON.stringify(message));
      },
      { toString: () => fc.stringify(changes) },
    ),
  );

function replaceOne(root: object, which: number, value: unknown): void {
  const slots: (readonly [holder: object, key: string])[] = [];
  const collect = (holder: object): void => {
    for (const [key, held] of Object.entries(holder)) {
      slots.push([holder, key]);
      if (typeof held === "object" && held !== null) collect(held);
    }
  };
  collect(root);
  if (slots.length === 0) return;
  const [holder, key] = slots[which % slots.length]!;
  Object.defineProperty(holder, key, { value: structuredClone(value), enumerable: true, configurable: true, writable: true });
}
