import ava from "ava";
import fc from "fast-check";
import { goFiles, type Model } from "machinery-ts-codegen";
import { findGo } from "../../services/go.js";
import { gofmt } from "./gofmt.js";

/** Text that would do something if it were ever read as Go, or that gofmt would write in another way. */
const attacks = [
  "\n\nfunc init() { panic(1) }\n",
  "*/ func init() {} /*",
  '"\nfunc init() {}\n"',
  '"); panic("',
  "`; panic(1); `",
  "\\",
  '\\"',
  '\r\nimport _ "os"',
  "//go:embed x",
  "\n//go:linkname a b\n",
  "+build ignore",
  "\u2028func init() {}\u2029",
  "\ufeff",
  "\u202e\u2066 txet",
  "\ud800",
  "\0\u0007\u001b[31m",
  "# Heading",
  "- item",
  "1. item",
  "[link]: https://example.org",
  "``quotes''",
  '`json:"x"`',
  "\tcode\n\n\tmore",
  "Deprecated: no",
  "*/",
];

const hostile = fc.oneof(
  fc.constantFrom(...attacks),
  fc
    .array(fc.oneof(fc.constantFrom(...attacks, "\n", "\n\n", " "), fc.string({ unit: "binary", maxLength: 10 })), { maxLength: 6 })
    .map((parts) => parts.join("")),
  fc
    .array(fc.constantFrom("#", "-", "*", "+", "1.", "2)", "[a]:", "[a]", "'", "`", "word", "Word", "\n", " ", "  "), {
      maxLength: 40,
    })
    .map((parts) => parts.join(" ")),
);

/** A model, straight past the contract's own checks, with a text from `text` in every place that holds any. */
function model(text: () => string): Model {
  const parameter = () => ({ name: "a", identifier: "a", description: text() });
  return {
    package: "example",
    source: text(),
    hash: "0123456789abcdef",
    tasks: [
      {
        name: text(),
        identifier: "task",
        description: text(),
        args: [
          { ...parameter(), type: { kind: "scalar", go: "string" } },
          { ...parameter(), name: "b", type: { kind: "object", def: "A" } },
        ],
        returns: [{ ...parameter(), type: { kind: "scalar", go: "int64" } }],
        variadic: false,
        policy: { queue: text() },
        hash: "0123456789abcdef",
        versions: [],
      },
    ],
    imports: [],
    defs: [
      {
        name: "A",
        identifier: "A",
        schema: {
          type: "object",
          title: text(),
          description: text(),
          required: ["plain"],
          properties: {
            plain: { type: "string", description: text(), enum: [text()], default: text() },
            pattern: { type: "string", pattern: text(), $comment: text() },
          },
        },
      },
    ],
  };
}

/** The tokens of Go: comments left out, strings and names that come from the task's name reduced to one. */
function skeleton(files: ReadonlyMap<string, string>): string {
  return [...files.values()]
    .join("\n")
    .replace(/"(?:[^"\\\n]|\\.)*"|`[^`]*`|\/\/[^\n]*/g, (token) =>
      token.startsWith("//") ? "" : token.startsWith("`") ? token : '""',
    )
    .replace(/[ \t]*\n\s*/g, "\n");
}

const isAvailable = (await findGo()) !== undefined;
/** The name of a Go function is made of the task's name, whatever it is: here it is always `Task`. */
const named = (one: Model, name: string): Model => ({ ...one, tasks: one.tasks.map((task) => ({ ...task, name })) });

ava("hostile text in every place of a model is text in the output", async (t) => {
  t.timeout(300_000);
  const plain = skeleton(
    goFiles(
      model(() => "task"),
      "v2",
    ),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(hostile, { minLength: 20, maxLength: 20 }), async (texts) => {
      let next = 0;
      const files = goFiles(
        named(
          model(() => texts[next++ % texts.length]!),
          "task",
        ),
        "v2",
      );
      if (skeleton(files) !== plain) throw new Error(`other code:\n${skeleton(files)}`);
      for (const [path, text] of files) {
        if (/(?!\n|\t)[\p{Cc}\p{Zl}\p{Zp}]|\p{Surrogate}|\p{Bidi_Control}/u.test(text))
          throw new Error(`${path} holds what it must not`);
        if (isAvailable && (await gofmt(text)) !== text) throw new Error(`${path} is not as gofmt has it:\n${text}`);
      }
    }),
    { numRuns: 60 },
  );
  t.pass();
});

ava("a task's name is a string of Go, whatever is in it", (t) => {
  const name = attacks.filter((attack) => attack.isWellFormed()).join("");
  const text = goFiles(
    named(
      model(() => "task"),
      name,
    ),
    "v2",
  ).get("senders.go")!;
  const literal = /newSignature\(("(?:[^"\\]|\\.)*"), "/.exec(text)![1]!;
  t.is(JSON.parse(literal.replace(/\\U([0-9a-f]{8})/g, (_, hex) => String.fromCodePoint(Number.parseInt(hex, 16)))), name);
});
