import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path/posix";
import test from "ava";
import { links } from "../readme/markdown.js";
import { pack } from "./pack.js";

const { runtime, codegen } = await pack();

/** All that either package may ship. */
const allowed = new Map([
  [
    runtime,
    /^(?:dist\/(?:src|generated\/config|generated\/wire)\/.*\.(?:js|d\.ts|js\.map)|schema\/.*\.schema\.json|src\/cli\/template\/.*)$/,
  ],
  [codegen, /^dist\/.*\.(?:js|d\.ts|js\.map)$/],
]);

/** The papers that a README links to: who has installed the package follows the links there. */
async function linked(folder: string): Promise<string[]> {
  const targets = links(await readFile(join(folder, "README.md"), "utf8")).map((link) => link.replace(/#.*/, ""));
  return [...new Set(targets)].filter((path) => /^[A-Z]+\.md$/.test(path));
}

for (const [{ folder, manifest, files }, sources] of allowed) {
  test(`${manifest.name} ships what its exports name`, (t) => {
    const targets = Object.values(manifest.exports).flatMap((target) =>
      typeof target === "string" ? [target] : Object.values(target),
    );
    for (const target of targets.map((path) => path.slice(2))) {
      const star = target.indexOf("*");
      t.true(star < 0 ? files.includes(target) : files.some((path) => path.startsWith(target.slice(0, star))), target);
    }
    for (const target of Object.values(manifest.bin ?? {})) t.true(files.includes(target), target);
  });

  test(`${manifest.name} ships compiled sources, declarations, schemas and the papers that its README links to, and nothing else`, async (t) => {
    const papers = ["LICENSE", "README.md", "package.json", ...(await linked(folder))];
    t.deepEqual(files.filter((path) => !sources.test(path)).sort(), papers.sort());
    t.deepEqual(
      files.filter((path) => /(?:^|\/)(?:test|tests|fixtures|vectors|bench)\//.test(path)),
      [],
    );
  });

  test(`the papers of ${manifest.name} lead to what it ships, but for those that say which links do not`, async (t) => {
    const saying = /not in the package|package has neither/;
    for (const paper of files.filter((path) => /^[A-Z]+\.md$/.test(path))) {
      const text = await readFile(join(folder, paper), "utf8");
      const targets = links(text).map((link) => link.replace(/#.*/, ""));
      const dead = targets.filter((path) => path !== "" && !/^https?:/.test(path) && !files.includes(path));
      t.true(dead.length === 0 || saying.test(text), `${paper}: ${dead}`);
    }
  });

  test(`${manifest.name} ships no source map whose sources are missing`, async (t) => {
    for (const path of files.filter((file) => file.endsWith(".map"))) {
      const map = JSON.parse(await readFile(join(folder, path), "utf8")) as {
        sources: string[];
        sourcesContent?: (string | null)[];
      };
      map.sources.forEach((source, index) => {
        const isThere = typeof map.sourcesContent?.[index] === "string" || files.includes(join(dirname(path), source));
        t.true(isThere, `${path}: ${source} (if that file was removed: delete dist, and build again)`);
      });
    }
  });

  test(`${manifest.name} runs no script of its own when it is installed`, (t) => {
    for (const name of ["preinstall", "install", "postinstall", "prepare"]) t.is(manifest.scripts?.[name], undefined, name);
  });
}

test("the generator is of the runtime's version, and the runtime does not ask for it", (t) => {
  t.is(codegen.manifest.version, runtime.manifest.version);
  t.deepEqual(codegen.manifest.peerDependencies, {
    "fast-check": "^4.0.0",
    "machinery-ts": `^${runtime.manifest.version}`,
  });
  // Not as an optional peer either: npm would keep it, with all that it depends on, in installs without development packages.
  t.is(runtime.manifest.peerDependencies, undefined);
  t.false("machinery-ts-codegen" in runtime.manifest.dependencies);
});
