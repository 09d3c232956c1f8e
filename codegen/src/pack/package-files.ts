import { type GeneratedFiles, generateFiles } from "../generate-files.js";
import { header } from "../header.js";
import type { Model, Task } from "../model.js";
import { compile } from "./compile.js";
import { type Inherited, manifest, type PackageId } from "./manifest.js";
import { readme } from "./readme.js";

/** Where a contract package has its contract. */
export const packedContract = "contract.yaml";

/** Worker code, which no sender needs, and the index, which is another one here. */
const left = new Set(["dispatch.ts", "index.ts"]);

/**
 * The files of a contract package: JavaScript and declarations to send its tasks with, the contract, and the papers. Pure: the same
 * contract gives the same bytes.
 *
 * @param contract the contract's text, which goes into the package as it is
 * @param project what of the project's package.json the package takes over
 */
export async function packageFiles(
  model: Model,
  contract: string,
  id: PackageId,
  project: Inherited = {},
): Promise<GeneratedFiles> {
  const packed = ownSendersOf(model);
  const generated = [...(await generateFiles(packed))].filter(([path]) => !left.has(path));
  const code = compile(new Map([...generated, ["index.ts", index(packed)]]));
  const files = new Map([...code, [packedContract, contract], ["README.md", readme(model, id)]]);
  files.set("package.json", manifest(model, id, [...files.keys()], project));
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What belongs to senders: imported tasks are another package's, and older versions the workers'. */
function ownSendersOf(model: Model): Model {
  const tasks = model.tasks.map((task): Task => ({ ...task, versions: [] }));
  return { ...model, source: packedContract, imports: [], tasks };
}

function index(model: Model): string {
  return `${header(model.source, "contract", model.hash)}export { type Senders, senders } from "./senders.js";
export { type Tasks, tasks } from "./tasks.js";
${model.defs.length === 0 ? "" : 'export type * from "./types.js";\n'}`;
}
