import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path/posix";
import test from "ava";

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
}

async function pack(folder: string) {
  const manifest = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as Manifest;
  const json = execFileSync("npm", ["pack", "--dry-run", "--json"], { cwd: folder, encoding: "utf8", stdio: "pipe" });
  const [{ files }] = JSON.parse(json) as [{ files: { path: string }[] }];
  return { folder, manifest, packed: files.map(({ path }) => path) };
}

for (const { folder, manifest, packed } of [await pack("."), await pack("codegen")]) {
  test(`${manifest.name} ships what its exports name`, (t) => {
    const targets = Object.values(manifest.exports).flatMap((target) =>
      typeof target === "string" ? [target] : Object.values(target),
    );
    for (const target of targets.map((path) => path.slice(2))) {
      const star = target.indexOf("*");
      t.true(star < 0 ? packed.includes(target) : packed.some((path) => path.startsWith(target.slice(0, star))), target);
    }
    for (const target of Object.values(manifest.bin ?? {})) t.true(packed.includes(target), target);
  });

  test(`${manifest.name} ships compiled sources, declarations, schemas and papers, and nothing else`, (t) => {
    const expected =
      /^(?:dist\/(?:src\/|generated\/(?:config|wire)\/)?.*\.(?:js|d\.ts|js\.map)|schema\/.*\.(?:json|yaml)|src\/cli\/template\/.*|package\.json|README\.md|LICENSE)$/;
    t.deepEqual(
      packed.filter((path) => !expected.test(path)),
      [],
    );
    t.deepEqual(
      packed.filter((path) => /(?:^|\/)(?:test|tests|fixtures|vectors|bench)\//.test(path)),
      [],
    );
  });

  test(`${manifest.name} ships no source map whose sources are missing`, async (t) => {
    for (const path of packed.filter((file) => file.endsWith(".map"))) {
      const map = JSON.parse(await readFile(join(folder, path), "utf8")) as {
        sources: string[];
        sourcesContent?: (string | null)[];
      };
      map.sources.forEach((source, index) => {
        const isThere = typeof map.sourcesContent?.[index] === "string" || packed.includes(join(dirname(path), source));
        t.true(isThere, `${path}: ${source} (if that file was removed: delete dist, and build again)`);
      });
    }
  });

  test(`${manifest.name} runs no script of its own when it is installed`, (t) => {
    for (const name of ["preinstall", "install", "postinstall", "prepare"]) t.is(manifest.scripts?.[name], undefined, name);
  });
}
