import { access, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { MachineryError } from "../../errors.js";

const root = new URL("../../../../", import.meta.url);

/** The files of a new project, as they are written, but for its package.json, and for names that packing a package would change. */
const template = new URL("src/cli/template/", root);

export function addInit(program: Command): void {
  program
    .command("init")
    .summary("write a small project that works")
    .description(
      "Writes a small project: a contract with two tasks, their functions, and what it takes to build them. Overwrites nothing.",
    )
    .argument("[folder]", "where to", ".")
    .addHelpText(
      "after",
      `
Examples:
  $ machinery init
  $ machinery init worker`,
    )
    .action(async (folder: string) => {
      const files = await projectFiles(basename(resolve(folder)));
      await refuseToOverwrite(folder, [...files.keys()]);
      for (const [path, text] of files) {
        const target = join(folder, path);
        await mkdir(dirname(target), { recursive: true });
        await writeFile(target, text, { flag: "wx" });
        process.stderr.write(`wrote ${target}\n`);
      }
      const enter = relative(".", folder) === "" ? "" : `  cd ${folder}\n`;
      process.stdout.write(`
Next:
${enter}  npm install
  npm run build
  npx machinery worker                     in one terminal
  npx machinery send add 1 2 --wait        in another
`);
    });
}

async function projectFiles(name: string): Promise<Map<string, string>> {
  const folder = fileURLToPath(template);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => relative(folder, join(entry.parentPath, entry.name)));
  const files = new Map<string, string>();
  for (const path of paths.sort()) {
    const text = await readFile(join(folder, path), "utf8");
    if (path === "package.json") files.set(path, await manifest(text, name));
    else files.set(path === "gitignore" ? ".gitignore" : path, text);
  }
  return files;
}

/** With the versions that this version was made with. */
async function manifest(text: string, name: string): Promise<string> {
  const own = JSON.parse(await readFile(new URL("package.json", root), "utf8"));
  const project = JSON.parse(text);
  project.name =
    name
      .toLowerCase()
      .replace(/[^a-z0-9-]+/g, "-")
      .replace(/^-+|-+$/g, "") || "tasks";
  project.dependencies["machinery-ts"] = `^${own.version}`;
  project.devDependencies["machinery-ts-codegen"] = `^${own.version}`;
  project.devDependencies.typescript = own.devDependencies.typescript;
  return `${JSON.stringify(project, null, 2)}\n`;
}

async function refuseToOverwrite(folder: string, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const target = join(folder, path);
    const isThere = await access(target).then(
      () => true,
      () => false,
    );
    if (!isThere) continue;
    throw new MachineryError("ERR_PROJECT", "is there already; nothing was written.", {
      at: target,
      hint: "Name an empty folder: machinery init tasks",
    });
  }
}
