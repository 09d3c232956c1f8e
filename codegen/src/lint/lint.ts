import { resolve } from "node:path";
import { ContractError, type Diagnostic } from "../contract/diagnostics.js";
import { type ContractText, loadContract } from "../contract/load.js";
import { readContract } from "../contract/read.js";
import { parseSource } from "../contract/source.js";
import { readContractSchema } from "../contract-schema.js";
import { named } from "../read-model.js";
import { lintDescriptions } from "./descriptions.js";
import { lintExceptions } from "./exceptions.js";
import { lintNames } from "./names.js";
import { Problems } from "./problems.js";
import { type LintRuleId, lintRules } from "./rules.js";
import { lintSchemas } from "./schemas.js";
import { lintTasks } from "./tasks.js";

/** One thing that a contract would be better without. */
export type LintFinding = Diagnostic<LintRuleId>;

export interface LintReport {
  /** The contract file, as it was named. */
  readonly file: string;
  /** How many tasks of its own it has. */
  readonly tasks: number;
  readonly findings: readonly LintFinding[];
}

export interface LintOptions {
  /** What all other paths are relative to. Default: the current folder. */
  readonly projectDir?: string;
  /** The contract file, YAML or JSON. Default: `schema/tasks.yaml`. */
  readonly contract?: string;
  /** The folder of the JSON Schema of contracts. Default: that of the machinery-ts which the project has installed. */
  readonly schemaDir?: string;
}

/**
 * What a contract file would be better without.
 *
 * @throws ContractError if the contract has errors: they come first
 * @throws GenerateError `ERR_RUNTIME`
 */
export async function lint(options: LintOptions = {}): Promise<LintReport> {
  const { contract = "schema/tasks.yaml", schemaDir } = options;
  const projectDir = resolve(options.projectDir ?? ".");
  const contractSchema = await readContractSchema(projectDir, schemaDir);
  const text = await readContract(resolve(projectDir, contract));
  return lintText({ text, path: named(projectDir, contract), contractSchema });
}

/**
 * The same of a text, in its order. Pure.
 *
 * @throws ContractError
 */
export function lintText(contract: ContractText): LintReport {
  const { model, diagnostics } = loadContract(contract);
  if (model === undefined) throw new ContractError(diagnostics);
  const { text, path } = contract;
  const problems = new Problems(path, text);
  // Of a contract without errors this finds none: it tells the places.
  const value = parseSource(text, problems.findings as never);
  for (const check of [lintNames, lintDescriptions, lintTasks, lintSchemas]) check(value, problems);
  return { file: path, tasks: model.tasks.length, findings: withoutExceptions(problems, text) };
}

function withoutExceptions({ findings }: Problems, text: string): LintFinding[] {
  const { exceptions, misfits } = lintExceptions(text);
  const used = new Set<unknown>();
  const left = findings.diagnostics().filter(({ code, line }) => {
    const allowing = exceptions.filter(({ rule, from, to }) => rule === code && from <= line && line <= to);
    for (const exception of allowing) used.add(exception);
    return allowing.length === 0;
  });
  const told = new Set(left);
  for (const { offset, message } of misfits)
    findings.warningAt("LINT_EXCEPTION", offset, [], { message, hint: lintRules.LINT_EXCEPTION.hint });
  for (const exception of exceptions) {
    if (used.has(exception)) continue;
    const message = `${exception.rule} finds nothing here.`;
    findings.warningAt("LINT_UNUSED", exception.offset, [], { message, hint: lintRules.LINT_UNUSED.hint });
  }
  return findings.diagnostics().filter((one) => told.has(one) || one.code.startsWith("LINT_"));
}
