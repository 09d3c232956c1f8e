import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path/posix";
import test from "ava";
import { contractErrorCodes, generateErrorCodes } from "machinery-ts-codegen";
import { type FieldPath, fieldPaths, fields, fileSpelling } from "../../src/config/fields.js";
import { errorCodes } from "../../src/errors.js";
import { anchors, blocks, commands, isLike, links } from "./markdown.js";

const folders = [".", "codegen", "src/cli/template"];
const names = await Promise.all(folders.map(async (folder) => (await readdir(folder)).map((name) => join(folder, name))));
const papers = new Map(
  await Promise.all(
    names
      .flat()
      .filter((name) => name.endsWith(".md"))
      .map(async (name) => [name, await readFile(name, "utf8")] as const),
  ),
);

test("the papers are found", (t) => {
  for (const name of ["README.md", "CONTRACTS.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "codegen/README.md"])
    t.true(papers.has(name), name);
});

test("every link within the repository leads somewhere", async (t) => {
  for (const [name, text] of papers) {
    for (const link of links(text).filter((target) => !/^https?:/.test(target))) {
      const [path, anchor] = link.split("#") as [string, string?];
      const target = path === "" ? name : join(dirname(name), path);
      await t.notThrowsAsync(stat(target), `${name}: ${link}`);
      if (anchor !== undefined) t.true(anchors(await readFile(target, "utf8")).includes(anchor), `${name}: ${link}`);
    }
  }
});

test("every error code that a paper names exists", (t) => {
  const codes = new Set([...Object.keys(errorCodes), ...Object.keys(contractErrorCodes), ...Object.keys(generateErrorCodes)]);
  for (const [name, text] of papers)
    for (const [code] of text.matchAll(/\bERR_[A-Z_]+\b/g)) t.true(codes.has(code), `${name}: ${code}`);
});

test("every script that a paper names exists", async (t) => {
  for (const [name, text] of papers) {
    const { scripts = {} } = JSON.parse(await readFile(join(dirname(name), "package.json"), "utf8"));
    for (const [, script, short] of text.matchAll(/\bnpm (?:run ([\w:]+)|(start|test)\b)/g))
      t.true((script ?? short)! in scripts, `${name}: ${script ?? short}`);
  }
});

test("the README's table of settings is right", (t) => {
  const rows = papers.get("README.md")!.matchAll(/^\| `(\w+)`[^|]* \| `(\w+)` \| `(\w+)` \| (?:`(.+)`|(.+)) \|$/gm);
  let count = 0;
  for (const [, code, file, variable, quoted, plain] of rows) {
    count++;
    t.true(fieldPaths.includes(code as FieldPath), code);
    const { initial, env } = fields[code as FieldPath];
    t.is(file, fileSpelling(code!));
    t.is(variable, env[0]);
    // What the program works out (the embedded store) has no initial value in the table of fields.
    if (initial === "") continue;
    const stated = plain === "1 MiB" ? "1048576" : (quoted ?? plain);
    t.is(stated, String(initial), code);
  }
  t.true(count >= 8);
});

const document = `# One, two & \`three\`

<!-- part -->
\`\`\`console
$ first
says [1] and more
$ second
\`\`\`

See [there](there.md#a) and ![this](./this.png), but not \`[x](code.md)\`.

\`\`\`ts
f([y](block.md));
\`\`\`
`;

test("what these tests read is read right", (t) => {
  const [first, second] = blocks(document);
  t.is(first!.mark, "part");
  t.deepEqual(commands(first!), [
    { line: "first", output: ["says [1] and more"] },
    { line: "second", output: [] },
  ]);
  t.deepEqual(second, { language: "ts", text: "f([y](block.md));\n" });
  t.deepEqual(links(document), ["there.md#a", "./this.png"]);
  t.deepEqual(anchors(document), ["one-two--three"]);
  t.true(isLike("says [1] and more", "says [1] …"));
  t.false(isLike("says [1] and more", "says [2] …"));
  t.false(isLike("says [1] and more", "says [1]"));
});
