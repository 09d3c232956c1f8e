import { readFile } from "node:fs/promises";
import test from "ava";

const paper = await readFile("GUARANTEES.md", "utf8");

/** What the paper says is where: `[name](path) “title”`. */
const references = [...paper.matchAll(/\]\(((?:test|src)\/[^)]+)\)\s“([^”]+)”/g)].map(([, path, title]) => ({
  path: path!,
  title: title!.replaceAll("\n", " "),
}));

test("every test that the guarantees name is where they say", async (t) => {
  t.true(references.length > 40);
  for (const { path, title } of references) {
    const text = await readFile(path, "utf8").catch(() => "");
    t.true(text.replaceAll('\\"', '"').includes(title), `${path} has no “${title}”`);
  }
});

test("no case and no invariant is passed over, and what is not tried is said", (t) => {
  const rows = (letter: string) => [...paper.matchAll(new RegExp(`^\\| (${letter}\\d+) (.*)$`, "gm"))];
  const numbered = (letter: string, last: number) => Array.from({ length: last }, (_, i) => `${letter}${i + 1}`);
  t.deepEqual(
    rows("F").map(([, name]) => name),
    numbered("F", 33),
  );
  t.deepEqual(
    rows("I").map(([, name]) => name),
    numbered("I", 10),
  );
  for (const [row] of [...rows("F"), ...rows("I")]) t.regex(row, /\]\((?:test|src)\/|not tried/, row);
});
