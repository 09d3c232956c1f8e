import { execFile } from "node:child_process";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import ava from "ava";
import { goFiles, goLibraries } from "machinery-ts-codegen";
import { goTest } from "../../interop/go-test.js";
import { findGo } from "../../services/go.js";
import { temporaryFolder } from "../../services/temporary-folder.js";
import { modelOf, root, writeAll } from "../emit/project.js";
import { gofmt } from "./gofmt.js";
import { oddContract } from "./odd.js";

const test = await goTest(ava);

test("the files are what gofmt would make of them", async (t) => {
  for (const [path, text] of goFiles(modelOf(oddContract), "v2")) t.is(await gofmt(text), text, path);
});

test("the package of a contract with odd names and types compiles, for both versions of Machinery", async (t) => {
  const folder = await temporaryFolder(t);
  for (const file of ["go.mod", "go.sum"]) await cp(join(root, "test/interop/go", file), join(folder, file));
  for (const library of Object.keys(goLibraries) as (keyof typeof goLibraries)[]) {
    const files = [...goFiles(modelOf(oddContract), library)];
    await writeAll(
      folder,
      files.map(([path, text]) => [`${library}/${path}`, text] as const),
    );
  }
  await t.notThrowsAsync(promisify(execFile)((await findGo())!, ["vet", "-mod=mod", "./..."], { cwd: folder }));
});
