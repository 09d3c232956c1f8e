import { access, readdir, readFile } from "node:fs/promises";
import test from "ava";
import { misfit } from "./defect.js";
import { defects } from "./defects.js";
import { tableOf } from "./paper.js";

const folders = ["chaos", "models", "hostile", "secrets", "tls"];

test("every defect can still be made: what it replaces stands in its source once", async (t) => {
  for (const { name, edits } of defects) {
    let whole = new Map<string, string>();
    for (const edit of edits) {
      const text = whole.get(edit.source) ?? (await readFile(edit.source, "utf8"));
      t.is(misfit(text, edit), undefined, name);
      whole = new Map([...whole, [edit.source, text.replace(edit.text, () => edit.broken)]]);
    }
  }
});

test("a text that is gone, or stands there twice, and what is no TypeScript, is found", (t) => {
  const edit = { source: "src/x.ts", text: "b();", broken: "c();" };
  t.is(misfit("a(); b();", edit), undefined);
  t.regex(misfit("a();", edit)!, /0 times/);
  t.regex(misfit("b(); b();", edit)!, /2 times/);
  t.regex(misfit("b();", { ...edit, broken: "c(;" })!, /no TypeScript/);
});

test("each test file of chaos, models, hostile input, secrets and TLS has a defect that it is to notice", async (t) => {
  const files: string[] = [];
  for (const folder of folders) {
    for (const name of await readdir(`test/${folder}`)) if (name.endsWith(".test.ts")) files.push(`test/${folder}/${name}`);
  }
  const named = new Set(defects.flatMap(({ checks }) => checks.map(({ file }) => file)));
  t.deepEqual(
    files.filter((file) => !named.has(file)),
    [],
  );
  for (const file of named) await t.notThrowsAsync(access(file));
});

test("the guarantees list what has been seen to fail", async (t) => {
  t.true((await readFile("GUARANTEES.md", "utf8")).includes(tableOf(defects)), "run `npm run chaos:broken -- --record`");
});
