import { readFileSync } from "node:fs";
import { type Diagnostic, type JsonSchema, type LoadedContract, loadContract, type Model } from "machinery-ts-codegen";

const root = new URL("../../../", import.meta.url);

/** The text of a file of this repository. */
export function fileText(path: string): string {
  return readFileSync(new URL(path, root), "utf8");
}

export const contractSchema: JsonSchema = JSON.parse(fileText("schema/contract.schema.json"));

export function load(text: string): LoadedContract {
  return loadContract({ text, path: "tasks.yaml", contractSchema });
}

/** What is wrong with a contract, one line for each: `line:column /pointer [CODE] message hint`. */
export function lines(text: string): string[] {
  return load(text).diagnostics.map(line);
}

function line({ line, column, pointer, code, message, hint }: Diagnostic): string {
  return `${line}:${column} ${pointer} [${code}] ${message} ${hint}`;
}

/** The codes alone. */
export function codes(text: string): string[] {
  return load(text).diagnostics.map(({ code }) => code);
}

/** A contract with these tasks, which start in line 4. */
export function withTasks(tasks: string): string {
  return `contract: "1"\npackage: test\ntasks:\n${indented(tasks)}`;
}

/** A contract with one task and these structured types, which start in line 6. */
export function withTypes(types: string): string {
  return `contract: "1"\npackage: test\ntasks:\n  ping: {}\n$defs:\n${indented(types)}`;
}

/** The model of a contract in which nothing is wrong. */
export function modelOf(text: string): Model {
  const { model, diagnostics } = load(text);
  if (model === undefined) throw new Error(diagnostics.map(line).join("\n"));
  return model;
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, "  ");
}
