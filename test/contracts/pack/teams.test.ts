import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import test, { type ExecutionContext } from "ava";
import { bare, Machinery, machinery } from "../../cli/command.js";
import { npm } from "../../package/npm.js";
import { blocks, commands } from "../../readme/markdown.js";
import { removeFolder, temporaryFolder } from "../../services/temporary-folder.js";

// The two teams of CONTRACTS.md. What the one publishes, the other installs from nothing into a folder of its own; and so does a third, which
// has no more of the contract than the package, and works for it.

const run = promisify(execFile);
const shown = blocks(await readFile("CONTRACTS.md", "utf8")).filter(({ mark }) => mark?.startsWith("teams: "));
const block = (part: string) => shown.find(({ mark }) => mark === `teams: ${part}`)!;
const lines = (part: string): string[] => commands(block(part)).map(({ line }) => line);

const root = await temporaryFolder();
const [publisher, sender, worker] = [join(root, "pictures"), join(root, "shop"), join(root, "others")];
const tarballs = join(root, "tarballs");
const install = ["install", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"];

test.after.always(() => removeFolder(root));

async function write(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

/** What a project has for its development beside what it installs: here, this repository's. */
async function tools(folder: string, ...names: string[]): Promise<void> {
  await mkdir(join(folder, "node_modules/@types"), { recursive: true });
  for (const name of ["@types/node", ...names])
    await symlink(name === "machinery-ts" ? resolve(".") : resolve("node_modules", name), join(folder, "node_modules", name));
  await write(folder, { "tsconfig.json": await readFile("src/cli/template/tsconfig.json", "utf8") });
}

/** What the compiler finds wrong. */
const tsc = (folder: string, ...args: string[]): Promise<string> =>
  run(process.execPath, [resolve("node_modules/typescript/bin/tsc"), "--pretty", "false", ...args], { cwd: folder }).then(
    () => "",
    ({ stdout }: { stdout: string }) => stdout,
  );

/** Has a worker running for as long as something is done. */
async function working(folder: string, action: () => Promise<void>, main?: string): Promise<void> {
  const there = new Machinery(["worker"], { cwd: folder, env: { BROKER: "file:../queue" }, ...(main !== undefined && { main }) });
  try {
    await there.line(/worker started/);
    await action();
  } finally {
    there.signal("SIGTERM");
    await there.ended;
  }
}

/** Sends as the paper does; the result is the one that stands there. */
async function order(t: ExecutionContext): Promise<void> {
  for (const { line, output } of commands(block("send"))) {
    const { stdout } = await run("sh", ["-c", line], { cwd: sender, env: bare() });
    t.is(stdout, `${output.join("\n")}\n`);
  }
}

test.before("one team publishes, two install", async (t) => {
  t.timeout(300_000, "npm is slow");
  await write(publisher, {
    "package.json": '{ "private": true, "type": "module", "license": "MIT" }',
    "schema/tasks.yaml": block("schema/tasks.yaml").text,
    "tasks/index.ts": block("tasks/index.ts").text,
  });
  await tools(publisher, "machinery-ts");
  await mkdir(tarballs);
  for (const line of lines("publish")) {
    const [npx, command, ...args] = line.split(" ");
    if (line.startsWith("npm publish ")) await npm(publisher, "pack", ...args.slice(0, 1), "--pack-destination", tarballs);
    else if (command === "machinery") t.is((await machinery(args, { cwd: publisher })).code, 0, line);
    else if (command === "tsc") t.is(await tsc(publisher), "", npx);
  }
  await npm(".", "pack", "--pack-destination", tarballs);
  const packed = (await readdir(tarballs)).map((file) => join(tarballs, file));
  await Promise.all(
    [sender, worker].map(async (folder) => {
      await write(folder, { "package.json": '{ "private": true, "type": "module" }' });
      await npm(folder, ...install, ...packed);
    }),
  );
  await write(sender, { "order.js": block("order.js").text });
});

test("the commands of CONTRACTS.md are those that these tests replay", (t) => {
  t.deepEqual(
    lines("publish").map((line) =>
      line
        .replace(/^BROKER=\S+ /, "")
        .split(" ")
        .slice(0, 2)
        .join(" "),
    ),
    ["npx machinery", "npx tsc", "npx machinery", "npm publish", "npx machinery"],
  );
  t.deepEqual(lines("install"), ["npm install machinery-ts @pictures/tasks"]);
  t.deepEqual(lines("publish").at(-1), "BROKER=file:../queue npx machinery worker");
});

test.serial("the team that has the contract works for the one that installed it", async (t) => {
  await working(publisher, () => order(t));
});

test.serial("so does one that has the contract from the package, in another repository", async (t) => {
  await tools(worker);
  await write(worker, { "tasks/index.ts": block("tasks/index.ts").text });
  const contract = "node_modules/@pictures/tasks/contract.yaml";
  const { code, stderr } = await machinery(["generate", "--contract", contract], { cwd: worker });
  t.is(code, 0, stderr);
  t.is(await tsc(worker), "");
  const main = join(worker, "node_modules/machinery-ts/dist/src/cli/main.js");
  await working(worker, () => order(t), main);
});

test.serial("the package is what other contracts import, and what changes are held against", async (t) => {
  const contract = block("schema/tasks.yaml").text;
  await write(worker, {
    "schema/changed.yaml": contract
      .replace("box, type:", "frame, type:")
      .replace('{ $ref: "#/$defs/Size" } }\n    returns', "int64 }\n    returns"),
    "schema/importing.yaml": 'contract: "1"\npackage: shop\nimports: ["npm:@pictures/tasks"]\ntasks: { pay: {} }\n',
  });
  const against = ["breaking", "--contract", "schema/changed.yaml", "--against", "npm:@pictures/tasks@1.0.0"];
  const { code, stdout, stderr } = await machinery(against, { cwd: worker });
  t.is(code, 1, stderr);
  t.regex(stdout, /\/tasks\/fit\/args\/1/);
  const generated = await machinery(["generate", "--contract", "schema/importing.yaml", "--out", "importing"], { cwd: worker });
  t.is(generated.code, 0, generated.stderr);
  t.regex(generated.stdout, /^wrote importing\/imports\/pictures\/senders\.ts$/m);
});

test("nothing but the runtime comes with it, and no worker code", async (t) => {
  const folder = join(sender, "node_modules/@pictures/tasks");
  const manifest = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  t.deepEqual([manifest.name, manifest.version, manifest.license], ["@pictures/tasks", "1.0.0", "MIT"]);
  t.deepEqual(manifest.machinery, { contract: "./contract.yaml" });
  t.deepEqual(Object.keys(manifest.peerDependencies), ["machinery-ts"]);
  t.is(manifest.dependencies, undefined);
  t.is(await readFile(join(folder, "contract.yaml"), "utf8"), block("schema/tasks.yaml").text);
  const files = await readdir(folder);
  t.deepEqual(files.sort(), [...manifest.files, "package.json"].sort());
  t.deepEqual(
    files.filter((file) => /dispatch|\.map$|(?<!\.d)\.ts$/.test(file)),
    [],
  );
});

test("its types are checked, declarations and all, and none of it needs to be compiled", async (t) => {
  await write(sender, {
    "typed.ts": `import { chain, Server } from "machinery-ts";
import { type Senders, type Size, senders, tasks } from "@pictures/tasks";
import { definitions } from "@pictures/tasks/definitions";
import { objects } from "@pictures/tasks/validators";

const server = await Server.connect({ broker: "memory:" });
const send: Senders = senders(server);
const size: Size = await (await send.fit({ width: 1, height: 1 }, { width: 1, height: 1 })).get();
// @ts-expect-error: a box is no number
send.fit(size, 3);
// @ts-expect-error: there is no such task
send.fill(size, size);
chain(tasks.fit(size, size), tasks.fit.partial(size));
objects.Size(size);
const found = await server.asyncResult("task_1", definitions.fit.decodeResults);
`,
  });
  const compilerOptions = { target: "es2023", lib: ["es2023", "esnext.disposable"], module: "nodenext", strict: true };
  const settings = {
    compilerOptions: { ...compilerOptions, types: ["node"], skipLibCheck: false, noEmit: true },
    files: ["typed.ts"],
  };
  await write(sender, { "typed.json": JSON.stringify(settings) });
  await mkdir(join(sender, "node_modules/@types"), { recursive: true });
  for (const name of ["@types/node", "undici-types"])
    await symlink(resolve("node_modules", name), join(sender, "node_modules", name)).catch(() => {});
  t.is(await tsc(sender, "-p", "typed.json"), "");
});

test("a call that does not fit is refused before it is sent, in JavaScript too", async (t) => {
  const program = `import { Server } from "machinery-ts";
import { senders } from "@pictures/tasks";
const server = await Server.connect({ broker: "memory:" });
await senders(server).fit({ width: 0, height: 1 }, { width: 1, height: 1 }).catch((error) => console.log(error.code));
await server.close();`;
  const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", program], { cwd: sender, env: bare() });
  t.is(stdout, "ERR_ARG_VALUE\n");
});
