import { join } from "node:path";
import test from "ava";
import { fields } from "../../src/config/fields.js";
import { documented } from "./documented.js";
import { reference, root, writtenReference } from "./reference.js";

test("REFERENCE.md says what the sources say", async (t) => {
  t.is(await writtenReference(), await reference(), "npm run reference writes it anew");
});

test("nothing in it goes without a word", async (t) => {
  const cells = (await reference()).split("\n").filter((line) => line.startsWith("| `"));
  t.true(cells.length > 100);
  for (const line of cells) t.notRegex(line, /\|\s+\|$|undefined/, line);
});

test("what a source documents is found", async (t) => {
  const docs = await documented(join(root, "src/config/options.ts"));
  t.regex(docs.get("ConfigOptions.configFile") ?? "", /^The configuration file\. Defaults to `MACHINERY_CONFIG`/);
  t.is(docs.get("AmqpConfig.exchange"), "The exchange that tasks are published to. Defaults to `machinery_exchange`.");
});

test("the defaults that the documentation names are those of the settings", async (t) => {
  const rows = (await reference()).split("\n").filter((line) => /^\| `[\w.]+` \| `[\w.]+` \|/.test(line));
  const docs = new Map(rows.map((row) => [/`([\w.]+)`/.exec(row)![1], row]));
  for (const [path, { kind, initial }] of Object.entries(fields)) {
    if (initial === "" || kind === "arguments") continue;
    const named = typeof initial === "number" ? initial.toLocaleString("en-US") : kind === "text" ? `\`${initial}\`` : initial;
    t.true(docs.get(path)?.includes(`Defaults to ${named}`), `${path}: Defaults to ${named}`);
  }
});
