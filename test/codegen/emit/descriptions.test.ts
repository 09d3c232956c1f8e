import test from "ava";
import type { Model } from "machinery-ts-codegen";
import { generateFiles } from "machinery-ts-codegen";

/** The comment that a task's description becomes. */
async function comment(description: string): Promise<string> {
  const task = {
    name: "t",
    identifier: "t",
    description,
    args: [],
    returns: [],
    variadic: false,
    policy: {},
    hash: "0",
    versions: [],
  };
  const model: Model = { package: "p", source: "s", hash: "0", tasks: [task], defs: [], imports: [] };
  const text = (await generateFiles(model)).get("dispatch.ts")!;
  return /export interface Handlers \{\n([\s\S]*?) {2}readonly t:/.exec(text)![1]!.replace(/^ {2}/gm, "").trimEnd();
}

test("one line", async (t) => t.is(await comment(" The sum. "), "/** The sum. */"));

test("nothing to say", async (t) => t.is(await comment(" \n\t"), ""));

test("lines and paragraphs stay", async (t) =>
  t.is(await comment("One.\n\n  two\r\nthree"), "/**\n * One.\n *\n *   two\n * three\n */"));

test("the end of the comment is broken", async (t) => t.is(await comment("a */ b **/"), "/** a *\u200a/ b **\u200a/ */"));

test("tags at the start of a line are escaped, also where wrapping puts them", async (t) => {
  t.is(await comment("@internal\nmail a@b"), "/**\n * \\@internal\n * mail a@b\n */");
  const wrapped = await comment(`${"word ".repeat(20)}@ts-ignore`);
  t.true(wrapped.includes(" * \\@ts-ignore"), wrapped);
});

test("words to tools are broken", async (t) => {
  t.is(
    await comment("//# sourceMappingURL=x eslint-disable biome-ignore"),
    "/** //# s ourceMappingURL=x e slint-disable b iome-ignore */",
  );
});

test("what cannot be seen, or turns the text around, is gone", async (t) => {
  t.is(await comment("a\0b\u001b[31mc\u202ed\u2066e\ufefff\ud800g"), "/** ab[31mcdef\ufffdg */");
});

test("wrapped at 100, cut at 2,000 characters", async (t) => {
  const lines = (await comment("long ".repeat(1_000))).split("\n");
  t.true(lines.every((line) => line.length <= 103));
  t.is(lines.join("").replace(/[^g]/g, "").length, 400);
});
