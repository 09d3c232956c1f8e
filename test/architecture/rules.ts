import type { Graph, Import } from "./graph.js";
import type { Allowance, Layer } from "./layers.js";

/** A path that ends in a slash is a folder. */
const holds = (path: string, file: string): boolean => (path.endsWith("/") ? file.startsWith(path) : file === path);

/** The layer of a file: of the paths that hold it, the longest counts. */
function layerOf(file: string, layers: readonly Layer[]): Layer | undefined {
  let best: Layer | undefined;
  let length = 0;
  for (const layer of layers) {
    for (const path of layer.paths) {
      if (holds(path, file) && path.length > length) {
        best = layer;
        length = path.length;
      }
    }
  }
  return best;
}

const allows = (allowance: Allowance | undefined, kind: Import["kind"]): boolean =>
  allowance === "any" || (allowance === "type" && kind === "type") || (allowance === "dynamic" && kind !== "value");

const isOf = (specifier: string, name: string): boolean =>
  specifier === name || specifier.startsWith(`${name}/`) || (name === "node:*" && specifier.startsWith("node:"));

/** Of several names that hold a package's module, the longest counts. */
function packageAllowance({ packages }: Layer, specifier: string): Allowance | undefined {
  const names = [...packages.keys()].filter((name) => isOf(specifier, name)).sort((a, b) => b.length - a.length);
  return packages.get(names[0] ?? "");
}

/** Imports that the layer table does not allow, and files that it does not know. */
export function layerProblems(graph: Graph, layers: readonly Layer[]): string[] {
  const problems: string[] = [];
  for (const file of graph.files.keys()) if (!layerOf(file, layers)) problems.push(`${file} is in no layer`);
  for (const { from, line, specifier, kind, to } of graph.imports) {
    const own = layerOf(from, layers);
    if (own === undefined) continue;
    const where = `${from}:${line} (${own.name})`;
    if (!specifier.startsWith(".")) {
      if (!allows(packageAllowance(own, specifier), kind)) problems.push(`${where} imports the package ${specifier} (${kind})`);
      continue;
    }
    const other = to === undefined ? undefined : layerOf(to, layers);
    if (other === undefined) problems.push(`${where} imports ${specifier}, which leads to no file of a layer`);
    else if (other !== own && !allows(own.layers.get(other.name), kind))
      problems.push(`${where} imports ${to} (${other.name}, ${kind})`);
  }
  return problems;
}

/** Rows that allow an import of a layer below them, other than of its types. */
export function orderProblems(layers: readonly Layer[]): string[] {
  const above = new Set<string>();
  return layers.flatMap(({ name, layers: others }) => {
    const below = [...others].filter(([other, allowance]) => allowance !== "type" && !above.has(other));
    above.add(name);
    return below.map(([other]) => `${name} may import ${other}, which does not stand above it`);
  });
}

/** Paths, layers and packages that the table names and that do not exist any more: rules that guard nothing. */
export function staleRules(graph: Graph, layers: readonly Layer[]): string[] {
  const files = [...graph.files.keys()];
  const names = layers.map(({ name }) => name);
  return layers.flatMap(({ name, paths, layers: others, packages }) => {
    const imported = graph.imports.filter(({ from }) => layerOf(from, layers)?.name === name).map(({ specifier }) => specifier);
    return [
      ...paths.filter((path) => !files.some((file) => holds(path, file))).map((path) => `${name}: there is no ${path}`),
      ...[...others.keys()].filter((other) => !names.includes(other)).map((other) => `${name}: there is no layer ${other}`),
      ...[...packages.keys()]
        .filter((allowed) => !imported.some((specifier) => isOf(specifier, allowed)))
        .map((allowed) => `${name}: nothing imports the package ${allowed}`),
    ];
  });
}

/** Circles of imports that remain after compiling. */
export function cycles(graph: Graph): string[] {
  const next = new Map<string, string[]>();
  for (const { from, to, kind } of graph.imports)
    if (to !== undefined && kind === "value") next.set(from, [...(next.get(from) ?? []), to]);
  const problems: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, way: readonly string[]): void => {
    const start = way.indexOf(file);
    if (start >= 0) problems.push([...way.slice(start), file].join(" -> "));
    if (start >= 0 || done.has(file)) return;
    for (const to of next.get(file) ?? []) visit(to, [...way, file]);
    done.add(file);
  };
  for (const file of graph.files.keys()) visit(file, []);
  return problems;
}

/** Uses of the system's time outside the paths that may, and paths that may and do not. */
export function clockProblems(graph: Graph, allowed: readonly string[]): string[] {
  const guarded = graph.clocks.filter(({ from }) => from.startsWith("src/") && !allowed.some((path) => holds(path, from)));
  const idle = allowed.filter((path) => !graph.clocks.some(({ from }) => holds(path, from)));
  return [
    ...guarded.map(({ from, line, what }) => `${from}:${line} uses ${what}`),
    ...idle.map((path) => `nothing in ${path} uses the time`),
  ];
}
