/** A row of the layer table in ARCHITECTURE.md. */
export interface Layer {
  readonly name: string;
  /** Files, and folders with a slash at their end. */
  readonly paths: readonly string[];
  readonly layers: ReadonlyMap<string, Allowance>;
  /** Names, without what may follow after a slash. `node:*` is all of Node. */
  readonly packages: ReadonlyMap<string, Allowance>;
}

/** `any`; `type`: by `import type` only; `dynamic`: by `import()` (or by `import type`), so that it is loaded when it is needed. */
export type Allowance = "any" | "type" | "dynamic";

const HEADER = ["layer", "what it is", "files", "may import", "packages"];

/** Reads the table of layers out of a Markdown text. */
export function parseLayers(markdown: string): Layer[] {
  const rows = markdown
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  const start = rows.findIndex((cells) => cells.join() === HEADER.join());
  if (start < 0) throw new Error(`there is no table with the columns ${HEADER.join(", ")}`);
  const layers: Layer[] = [];
  for (const cells of rows.slice(start + 2)) {
    if (cells.length !== HEADER.length) break;
    const [name, , files, imports, packages] = cells as [string, string, string, string, string];
    layers.push({ name, paths: list(files), layers: allowances(imports), packages: allowances(packages) });
  }
  return layers;
}

/** The cell `a, b (types)` without its back-quotes; a dash is an empty one. */
function list(cell: string): string[] {
  const items = cell.replaceAll("`", "").split(",");
  return items.map((item) => item.trim()).filter((item) => item !== "" && item !== "–");
}

function allowances(cell: string): Map<string, Allowance> {
  return new Map(
    list(cell).map((item) => {
      const [, name, how] = /^([^()]+?)(?: \((types|dynamic)\))?$/.exec(item) ?? [];
      if (name === undefined) throw new Error(`the layer table has an entry that cannot be read: ${item}`);
      return [name, how === "types" ? "type" : how === "dynamic" ? "dynamic" : "any"];
    }),
  );
}
