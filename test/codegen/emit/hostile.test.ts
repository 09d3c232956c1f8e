import test from "ava";
import fc from "fast-check";
import { type GeneratedFiles, generateFiles, generateValidators, type Model } from "machinery-ts-codegen";
import { ts } from "ts-morph";
import { built } from "./project.js";

/** Text that would do something if it were ever read as code; `globalThis.hit` tells. */
const attacks = [
  "*/ globalThis.hit = 1; /*",
  "\n*/\nglobalThis.hit = 1;\n/*",
  "$" + "{globalThis.hit = 1}",
  "`; globalThis.hit = 1; `",
  '"]; globalThis.hit = 1; ["',
  "'; globalThis.hit = 1; '",
  "\\",
  '\\"; globalThis.hit = 1; //',
  "\u2028globalThis.hit = 1;\u2029",
  "\r\nglobalThis.hit = 1;",
  "</script><script>globalThis.hit = 1</script>",
  "@ts-ignore",
  "\n@ts-nocheck\n",
  "//# sourceMappingURL=data:application/json,{}",
  "/*# sourceURL=x */",
  " eslint-disable ",
  "\u202e\u2066 txet",
  "\ud800",
  "\0\u0007\u001b[31m",
  "__proto__",
  "constructor",
  "/g; globalThis.hit = 1; /",
  "#/$defs/A",
  "%",
  "{@link javascript:globalThis.hit=1}",
];

const hostile = fc.oneof(
  fc.constantFrom(...attacks),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.tuple(fc.constantFrom(...attacks), fc.string({ unit: "grapheme", maxLength: 10 })).map((parts) => parts.join("")),
);

/** A model, straight past the contract's own checks, with hostile text in every place that holds text. */
const models: fc.Arbitrary<Model> = fc
  .record({
    texts: fc.array(hostile, { minLength: 12, maxLength: 12 }),
    field: hostile.filter((name) => !["__proto__", "constructor", "prototype"].includes(name) && name.isWellFormed()),
    pattern: hostile.map((text) => text.replace(/[\\^$.*+?()[\]{}|/-]/gu, "\\$&")).filter(compiles),
  })
  .map(({ texts, field, pattern }) => {
    const text = (index: number) => texts[index]!;
    const parameter = { name: text(0), identifier: "a", description: text(1) };
    return {
      package: text(2),
      source: "schema/tasks.yaml",
      hash: "0123456789abcdef",
      tasks: [
        {
          name: text(3),
          identifier: "task",
          description: text(4),
          args: [
            { ...parameter, type: { kind: "scalar", go: "string" } },
            { ...parameter, identifier: "b", type: { kind: "object", def: "A" } },
          ],
          returns: [{ ...parameter, type: { kind: "scalar", go: "int64" } }],
          variadic: false,
          policy: { queue: text(5) },
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
            title: text(6),
            description: text(7),
            $comment: text(8),
            default: text(9),
            examples: [text(10)],
            required: [field],
            additionalProperties: false,
            properties: {
              [field]: { type: "string", description: text(11), enum: [...new Set([text(8), text(9), text(10)])] },
              const: { const: text(10), type: "string", default: text(6) },
              pattern: { type: "string", maxLength: 8, pattern },
            },
          },
        },
      ],
    };
  });

function compiles(pattern: string): boolean {
  try {
    return new RegExp(pattern, "u") instanceof RegExp;
  } catch {
    return false;
  }
}

/** What `checkGenerated` has let through, looked at once more with other eyes: no statement but the known ones runs on loading. */
function effects(files: GeneratedFiles): string[] {
  return [...files].flatMap(([path, text]) => {
    const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
    return source.statements
      .filter(
        (one) =>
          ts.isExpressionStatement(one) || ts.isBlock(one) || (ts.isImportDeclaration(one) && one.importClause === undefined),
      )
      .map((one) => `${path}: ${one.getText()}`);
  });
}

/** Nothing of this stands in a generated file as it is, not even in a string. */
const unprintable = /(?!\n)[\p{Cc}\p{Zl}\p{Zp}]|\p{Surrogate}|\p{Bidi_Control}|source(?:Mapping)?URL/u;

test("hostile text in every place of a model is text in the output", async (t) => {
  t.timeout(300_000);
  await fc.assert(
    fc.asyncProperty(models, async (model) => {
      const files = await generateFiles(model);
      if (effects(files).length > 0) throw new Error(effects(files).join("\n"));
      for (const [path, text] of files) {
        if (unprintable.test(text)) throw new Error(`${path} holds what it must not`);
      }
    }),
    { numRuns: 40 },
  );
  t.pass();
});

test("loading the output of hostile text runs nothing of it, and the text comes out as it went in", async (t) => {
  const [model] = fc.sample(models, { numRuns: 1, seed: 7 });
  const text = attacks.join("\n");
  const task = model!.tasks[0]!;
  const files = await generateFiles({
    ...model!,
    tasks: [{ ...task, name: text, description: text, policy: { queue: text } }],
  });
  const load = await built(t, files);
  const { definitions } = await load("definitions.js");
  await load("index.js");
  t.is((globalThis as { hit?: number }).hit, undefined);
  t.is(definitions.task.name, text);
  t.is(definitions.task.policy.queue, text);
});

test("an enum, a pattern and a field of hostile text are checked as that text", async (t) => {
  const field = attacks.filter((attack) => attack.isWellFormed()).join("");
  const schema = {
    type: "object",
    additionalProperties: false,
    properties: {
      [field]: { type: "string", enum: attacks },
      p: { type: "string", pattern: '^"\\];globalThis.hit=1;/\\/`$' },
    },
  };
  const load = await built(t, generateValidators({ source: "x", path: "x.ts", schemas: [{ id: "x", name: "x", schema }] }));
  const { x } = await load("x.js");
  for (const attack of attacks) t.true(x({ [field]: attack }), attack);
  t.false(x({ [field]: "another" }));
  t.true(x({ p: '"];globalThis.hit=1;//`' }));
  t.is((globalThis as { hit?: number }).hit, undefined);
});
