import test from "ava";
import fc from "fast-check";
import { formatDiagnostics, type GeneratedFiles, generateFiles, loadContract } from "machinery-ts-codegen";
import { ts } from "ts-morph";
import { amount, tellFigure } from "../chaos/figures.js";
import { count, seed } from "../chaos/profile.js";
import { contractSchema } from "../codegen/contract-lines.js";
import { hostileText } from "./attacks.js";

/** How many places for text the contract below has. */
const places = 26;

/** A contract with a text in every place that takes any. */
function contractWith(texts: readonly string[]): string {
  let next = 0;
  const text = () => texts[next++]!;
  // Names of fields, and values of an enum, must differ; and none is to be an identifier, which is written in another way.
  const odd = () => `- ${text()} ${next}`;
  // Other names of fields are refused.
  const name = () => [...odd().replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, "")].slice(-100).join("");
  const field = `- ${name()}`;
  const contract = {
    contract: "1",
    package: "example",
    description: text(),
    tasks: {
      task: {
        description: text(),
        args: [
          { name: "first", type: "string", description: text() },
          { name: "second", type: { $ref: "#/$defs/Thing" }, description: text() },
        ],
        returns: [{ name: "result", type: "int64", description: text() }],
        policy: {
          queue: `q${text()
            .replaceAll(/[^!-~]/g, "")
            .slice(0, 60)}`,
        },
      },
    },
    $defs: {
      Thing: {
        type: "object",
        title: text(),
        description: text(),
        $comment: text(),
        required: [field],
        properties: {
          [field]: { type: "string", description: text(), enum: [odd(), odd(), odd()] },
          [`- ${name()}`]: { type: "string", title: text(), examples: [text(), text()] },
          [`- ${name()}`]: { type: "string", const: odd() },
          pattern: { type: "string", maxLength: 8, pattern: `^${escaped(text())}$` },
          inner: { type: "object", description: text(), properties: { [`- ${name()}`]: { type: "integer", title: text() } } },
        },
      },
    },
  };
  return JSON.stringify(contract);
}

const escaped = (text: string) =>
  text
    .slice(0, 100)
    .toWellFormed()
    .replace(/[\\^$.*+?()[\]{}|/-]/gu, "\\$&");

/** What a program is made of besides its strings and comments: how many of each kind of syntax, and the names. */
function syntaxOf(files: GeneratedFiles): unknown {
  const found = new Map<string, number>();
  for (const [path, text] of files) {
    const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
    const visit = (node: ts.Node): void => {
      const name = ts.isIdentifier(node) ? ` ${node.text}` : "";
      const key = `${path} ${ts.SyntaxKind[node.kind]}${name}`;
      found.set(key, (found.get(key) ?? 0) + 1);
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return Object.fromEntries([...found].sort());
}

async function generated(texts: readonly string[]): Promise<GeneratedFiles | string> {
  const { model, diagnostics } = loadContract({ text: contractWith(texts), path: "tasks.yaml", contractSchema });
  return model === undefined ? formatDiagnostics(diagnostics) : generateFiles(model);
}

test("hostile text in every place of a contract changes nothing of the generated code but strings and comments", async (t) => {
  t.timeout(count(2, 20) * 60_000);
  const plain = await generated(Array.from({ length: places }, (_, i) => `plain ${i}`));
  if (typeof plain === "string") return t.fail(plain);
  const expected = syntaxOf(plain);
  const numRuns = count(30, 1_000);
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(hostileText, { minLength: places, maxLength: places }), async (texts) => {
      const files = await generated(texts);
      if (typeof files === "string") return;
      accepted++;
      t.deepEqual(syntaxOf(files), expected);
    }),
    { numRuns, seed },
  );
  t.true(accepted > 0, "none was accepted");
  tellFigure(t, {
    what: "F18, the generator",
    much: `${amount(numRuns)} contracts, hostile text in every place`,
    other: `${amount(accepted)} were accepted, each with the syntax of a plain one`,
  });
  t.log(`${accepted} contracts were accepted (seed ${seed})`);
});
