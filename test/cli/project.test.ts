import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import test from "ava";
import { Project } from "../../src/cli/project.js";
import { temporaryFolder } from "../services/temporary-folder.js";

async function project(t: { teardown(fn: () => unknown): void }, files: Readonly<Record<string, string>>): Promise<Project> {
  const folder = await temporaryFolder(t);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return Project.read(folder);
}

const manifest = '{ "type": "module" }';
const definitions = 'export const definitions = { add: { name: "add", parameters: [] } };';
const dispatch = "export const dispatch = (handlers) => new Map(Object.entries(handlers));";
const handlers = "export const add = () => 1;";

for (const output of ["dist", "dist/src", "build", "."]) {
  test(`code in ${output} is found without being named`, async (t) => {
    const found = await project(t, {
      "package.json": manifest,
      [`${output}/generated/definitions.js`]: definitions,
      [`${output}/generated/dispatch.js`]: dispatch,
      [`${output}/tasks/index.js`]: handlers,
    });
    t.deepEqual([...(await found.definitions()).keys()], ["add"]);
    t.deepEqual([...(await found.dispatch()).table.keys()], ["add"]);
  });
}

test("the command line says where code is before package.json, and package.json before what is usual", async (t) => {
  const found = await project(t, {
    "package.json": '{ "type": "module", "machinery": { "generated": "a", "handlers": "a/index.js" } }',
    "a/definitions.js": definitions,
    "a/dispatch.js": dispatch,
    "a/index.js": handlers,
    "b/definitions.js": definitions.replaceAll("add", "other"),
    "b/index.js": handlers.replace("add", "other"),
    "dist/tasks/index.js": "throw new Error()",
  });
  t.deepEqual([...(await found.definitions()).keys()], ["add"]);
  t.deepEqual([...(await found.definitions("b")).keys()], ["other"]);
  t.deepEqual([...(await found.dispatch()).table.keys()], ["add"]);
  t.deepEqual([...(await found.dispatch({ handlers: "b/index.js" })).table.keys()], ["other"]);
});

test("what is not there is an error that tells all places it was looked for", async (t) => {
  const found = await project(t, { "package.json": manifest });
  await t.throwsAsync(found.definitions(), {
    code: "ERR_PROJECT",
    message:
      /there is no dist\/generated\/definitions\.js, nor dist\/src\/generated\/definitions\.js, nor .*Build the project first/,
  });
});

test("no code is loaded from outside the project, by whatever way", async (t) => {
  const outside = await project(t, { "package.json": manifest, "index.js": "globalThis.loadedFromOutside = true;" });
  const found = await project(t, { "package.json": manifest, "dist/generated/dispatch.js": dispatch });
  await mkdir(join(found.folder, "dist/tasks"));
  await symlink(join(outside.folder, "index.js"), join(found.folder, "dist/tasks/index.js"));
  const refused = { code: "ERR_PROJECT", message: /leads out of the project/ };
  await t.throwsAsync(found.dispatch(), refused);
  await t.throwsAsync(found.dispatch({ handlers: join(outside.folder, "index.js") }), refused);
  await t.throwsAsync(found.dispatch({ handlers: `../${outside.folder.split("/").at(-1)}/index.js` }), refused);
  t.false("loadedFromOutside" in globalThis);
  await t.throwsAsync(found.dispatch({ handlers: "data:text/javascript,globalThis.loadedFromOutside=true" }), {
    code: "ERR_PROJECT",
  });
  t.false("loadedFromOutside" in globalThis);
});

test("a module that throws, and one that is not generated, are named", async (t) => {
  const found = await project(t, {
    "package.json": manifest,
    "dist/generated/definitions.js": definitions.replace("parameters", "older"),
    "dist/generated/dispatch.js": "export {};",
    "dist/tasks/index.js": "throw new Error('no database');",
    "good/dispatch.js": dispatch,
  });
  await t.throwsAsync(found.definitions(), { code: "ERR_PROJECT", message: /definitions\.js: .*Generate and build again\./ });
  await t.throwsAsync(found.dispatch(), { code: "ERR_PROJECT", message: /dispatch\.js: .*Generate and build again\./ });
  await t.throwsAsync(found.dispatch({ generated: "good" }), {
    code: "ERR_PROJECT",
    message: /tasks\/index\.js: cannot be loaded: no database/,
  });
});

test("the section of package.json must be what it is meant to be", async (t) => {
  for (const [section, message] of [
    ['"x"', /must have a map/],
    ['{ "handlers": 1 }', /\(machinery\.handlers\): must be a path/],
    ['{ "validators": "schema" }', /\(machinery\.validators\): must be a list of folders/],
    ['{ "handler": "x" }', /\(machinery\.handler\): there is no such setting\. Did you mean "handlers"\?/],
  ] as const) {
    await t.throwsAsync(project(t, { "package.json": `{ "machinery": ${section} }` }), { code: "ERR_PROJECT", message });
  }
  await t.throwsAsync(project(t, { "package.json": "{" }), { code: "ERR_PROJECT", message: /package\.json: is not valid JSON/ });
  t.is((await project(t, {})).paths.contract, undefined);
  t.true((await Project.read(resolve("."))).paths.validators?.includes("schema/wire"));
});
