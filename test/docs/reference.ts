import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import {
  breakingRules,
  contractErrorCodes,
  firstOf,
  generateErrorCodes,
  levelMeanings,
  levelOf,
  levels,
  lintRules,
  type Rule,
} from "machinery-ts-codegen";
import { type FieldPath, fields, fileSpelling } from "../../src/config/fields.js";
import { errorCodes } from "../../src/errors.js";
import { events } from "../../src/events.js";
import { documented } from "./documented.js";

/** The root of this repository, seen from the built test. */
export const root = fileURLToPath(new URL("../../../", import.meta.url));

/** REFERENCE.md: what the sources say of their errors, events, settings and capabilities, in tables. */
export async function reference(): Promise<string> {
  const sections = [
    "# Reference",
    "Made from the sources by `npm run reference`; a test holds it against them.",
    "## Settings",
    "Code beats environment beats file. A file is YAML, or the same in JSON; Go Machinery's is accepted as it is.",
    await settings(),
    "## Errors of the runtime",
    "A `MachineryError` has a `code`, what was wrong, where (`at`) and what to do about it (`hint`). Codes are stable, texts are not.",
    codes(errorCodes),
    "## Errors of the generator",
    "In a contract, with file, line and JSON pointer (`ContractError`):",
    codes(contractErrorCodes),
    "Elsewhere (`GenerateError`):",
    codes(generateErrorCodes),
    "## Rules of `machinery lint`",
    "`# lint off RULE: reason` before or beside what a rule finds lets it pass, with all that is in it; before the first key, in the whole contract.",
    lintTable(),
    "## Rules of `machinery breaking`",
    "What a change breaks, the most severe first:",
    table(
      ["level", "what breaks"],
      levels.map((level) => [code(level), `${levelMeanings[level]}.`]),
    ),
    "Most rules are about values, which flow from senders to workers in arguments, and back in results: what is narrowed breaks who writes, " +
      "what is widened who reads. Workers that are newer than the senders must not break anything, and the table says at which level they do; where it " +
      "says `SAFE`, they are to be deployed first, unless the order does not matter. Of two that are to be deployed first, the one is for arguments, the other for results. Where the task's `versions` have the older arguments, `WIRE` is `GO_WIRE`. Imports are a project's own, and not compared.",
    breakingTable(),
    "## Events",
    "Channels of `node:diagnostics_channel`, by name or as `events` of `machinery-ts`; free while nobody listens.",
    await eventTable(),
    "## Capabilities",
    "What a broker or a result backend can do, as its `capabilities` say. What it cannot do rejects with `ERR_UNSUPPORTED`.",
    await capabilities("brokers", "src/brokers/broker.ts", "BrokerCapabilities"),
    await capabilities("backends", "src/backends/backend.ts", "BackendCapabilities"),
  ];
  return `${sections.join("\n\n")}\n`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line)].join("\n");
}

const code = (text: string) => `\`${text}\``;

function codes(meanings: Readonly<Record<string, string>>): string {
  return table(
    ["code", "meaning"],
    Object.entries(meanings).map(([name, meaning]) => [code(name), meaning]),
  );
}

function lintTable(): string {
  const rows = Object.entries(lintRules).map(([id, { what, hint }]) => [code(id), what, hint]);
  return table(["rule", "what it finds", "what to do"], rows);
}

function breakingTable(): string {
  const rows = Object.entries(breakingRules).map(([id, rule]: [string, Rule]) => {
    const { what, hint } = rule;
    if (rule.policy || (rule.effect === "none" && rule.compile === undefined)) {
      const level = code(levelOf(rule));
      return [code(id), what, level, level, firstOf(rule), hint];
    }
    const isArgument = /^(?:TASK|ARGUMENT|RESERVED)_/.test(id);
    const isResult = id.startsWith("RESULT_");
    const args = isResult ? "–" : code(levelOf(rule, "arguments"));
    const results = isArgument ? "–" : code(levelOf(rule, "results"));
    const firsts = [...(isResult ? [] : [firstOf(rule, "arguments")]), ...(isArgument ? [] : [firstOf(rule, "results")])];
    return [code(id), what, args, results, [...new Set(firsts)].join(", "), hint];
  });
  return table(["rule", "what has changed", "in arguments", "in results", "deploy first", "what to do"], rows);
}

async function settings(): Promise<string> {
  const docs = await documented(join(root, "src/config/options.ts"));
  const sections: Readonly<Record<string, string>> = {
    tls: "TlsConfig",
    amqp: "AmqpConfig",
    redis: "RedisConfig",
    mongodb: "MongodbConfig",
  };
  const rows = Object.entries(fields).map(([path, { env }]) => {
    const [first, second] = path.split(".") as [string, string?];
    const doc = second === undefined ? docs.get(`ConfigOptions.${first}`) : docs.get(`${sections[first]}.${second}`);
    return [code(path), code(fileSpelling(path as FieldPath)), env.map(code).join(", "), doc ?? ""];
  });
  const file = [code("configFile"), "", code("MACHINERY_CONFIG"), docs.get("ConfigOptions.configFile") ?? ""];
  return table(["in code", "in the file", "environment", "what it is for"], [file, ...rows]);
}

async function eventTable(): Promise<string> {
  const docs = await documented(join(root, "src/events.ts"));
  return table(
    ["event", "channel", "message"],
    Object.entries(events).map(([name, { name: channel }]) => [
      code(name),
      code(String(channel)),
      docs.get(`events.${name}`) ?? "",
    ]),
  );
}

/** One column for each adapter of a folder, from the record that it exports. */
async function capabilities(folder: string, contract: string, type: string): Promise<string> {
  const adapters: [name: string, record: Readonly<Record<string, unknown>>][] = [];
  for (const file of (await readdir(join(root, "src", folder))).sort()) {
    if (!file.endsWith(".ts") || contract.endsWith(`${folder}/${file}`)) continue;
    const url = pathToFileURL(join(root, "dist/src", folder, file.replace(/ts$/, "js")));
    const record = Object.entries(await import(url.href)).find(([name]) => name.endsWith("Capabilities"))?.[1];
    adapters.push([file.slice(0, -3), record as Readonly<Record<string, unknown>>]);
  }
  const shown = (value: unknown) => (value === true ? "yes" : value === false ? "no" : String(value));
  const rows = [...(await documented(join(root, contract)))]
    .filter(([name]) => name.startsWith(`${type}.`))
    .map(([name, doc]) => {
      const capability = name.slice(type.length + 1);
      return [code(capability), doc, ...adapters.map(([, record]) => shown(record[capability]))];
    });
  return table([folder, "meaning", ...adapters.map(([name]) => code(`${name}:`))], rows);
}

export const referencePath = join(root, "REFERENCE.md");

export async function writtenReference(): Promise<string> {
  return readFile(referencePath, "utf8");
}
