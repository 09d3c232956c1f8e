import { readFile } from "node:fs/promises";
import test from "ava";
import type { Line } from "../chaos/figures.js";
import { tables, withLines } from "../chaos/paper.js";

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

const day = /^\d{4}-\d\d-\d\d$/;

test("the figures stand in order, each with its day, as `npm run chaos -- --record` writes them", (t) => {
  t.is(withLines(paper, [], "2026-01-01"), paper);
  for (const table of Object.values(tables)) for (const row of table.rowsIn(paper)) t.regex(row.at(-1)!, day, row.join(" "));
});

test("a figure takes the place of the one of its name, or its own among the others", (t) => {
  const line = (name: string, ...rest: string[]): Line => ({ table: "counts", cells: [name, ...rest] });
  const first = withLines(paper, [line("F2, somewhere", "1", "2", "3", "4"), line("nothing", "1", "2", "3", "4")], "2026-01-01");
  const names = tables.counts.rowsIn(first).map(([name]) => name!);
  t.deepEqual(names.filter((name) => /^F[12],/.test(name)).at(-1), "F2, somewhere");
  t.true(names.indexOf("nothing") > names.findLastIndex((name) => name.startsWith("F")));
  const second = withLines(first, [line("F2, somewhere", "5", "6", "7", "8")], "2026-02-02");
  t.is(second, first.replace("| F2, somewhere | 1 | 2 | 3 | 4 | 2026-01-01 |", "| F2, somewhere | 5 | 6 | 7 | 8 | 2026-02-02 |"));
  t.throws(() => withLines("no table", [], "2026-01-01"), { message: /there is no table/ });
});
