import { readFile } from "node:fs/promises";
import { type Direction, directions, type Feature } from "./feature.js";
import { features } from "./features.js";
import type { GoVersion } from "./go-machinery.js";
import { type Pair, pairs } from "./pairs.js";

const signs: Readonly<Record<Direction, string>> = {
  "Go sends, TypeScript works": "→",
  "TypeScript sends, Go works": "←",
  "both work": "↔",
};

const servers = { redis: "Redis", rabbitmq: "RabbitMQ", memcached: "Memcached", mongodb: "MongoDB" } as const;

/** The versions of Go Machinery that are tried, out of go.mod. */
async function versions(): Promise<Record<GoVersion, string>> {
  const text = await readFile("test/interop/go/go.mod", "utf8");
  const required = (path: string) => new RegExp(`^\\t${path} (v\\S+)$`, "m").exec(text)![1]!;
  return { v1: required("github.com/RichardKnop/machinery"), v2: required("github.com/RichardKnop/machinery/v2") };
}

/** What the tests of this folder find, as a table of Markdown: a row for each feature, a column for each pair of servers. */
export async function interopTable(): Promise<string> {
  const named = await versions();
  const columns: readonly Pair[] = Object.values(pairs);
  const heads = columns.map(({ broker, backend, version }) => `${servers[broker]} + ${servers[backend]}, ${named[version]}`);
  const rows = features.map((feature) => [feature.name, ...columns.map((pair) => cell(feature, pair))]);
  const lines = [["", ...heads], heads.map(() => "---").toSpliced(0, 0, "---"), ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function cell({ name, runs }: Feature, { faults }: Pair): string {
  return directions
    .filter((direction) => runs[direction] !== undefined)
    .map((direction) => {
      const isSpoilt = faults.some((fault) => fault.feature === name && fault.direction === direction);
      return isSpoilt ? `~~${signs[direction]}~~` : signs[direction];
    })
    .join(" ");
}

const begin = "<!-- interop -->\n";
const end = "\n<!-- /interop -->";

/** A paper with the table in it as it should be. */
export async function withInteropTable(paper: string): Promise<string> {
  const [from, to] = [paper.indexOf(begin) + begin.length, paper.indexOf(end)];
  return `${paper.slice(0, from)}${await interopTable()}${paper.slice(to)}`;
}
