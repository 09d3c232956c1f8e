import { readFileSync } from "node:fs";
import { cpus, release, totalmem, type } from "node:os";

/** Where something was measured, and of what: without that a figure says little. */
export interface Environment {
  readonly date: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  /** Of what was measured and what it ran on, by name. */
  readonly versions: Readonly<Record<string, string>>;
}

export function environment(versions: Readonly<Record<string, string>>): Environment {
  const [cpu] = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: cpu?.model.trim() ?? "unknown",
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.versions.node,
    versions: { "machinery-ts": versionOf("package.json"), ...versions },
  };
}

/** @param manifest the path of a package.json */
export function versionOf(manifest: string): string {
  return JSON.parse(readFileSync(manifest, "utf8")).version;
}

export function describeEnvironment({ cpu, cores, memoryGiB, node, versions, date }: Environment): string {
  const of = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `${cores} cores of ${cpu}, ${memoryGiB} GiB, Node ${node}; ${of.join(", ")}; ${date}`;
}
