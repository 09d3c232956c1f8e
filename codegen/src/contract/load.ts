import type { JsonSchema, Model } from "../model.js";
import { buildModel } from "./build.js";
import { checkDescriptions } from "./descriptions.js";
import type { Diagnostic } from "./diagnostics.js";
import { Findings } from "./findings.js";
import { isNewerFormat } from "./format-version.js";
import { checkVersionHashes } from "./migrations.js";
import { checkFormerNames } from "./reserved.js";
import { checkSchemas } from "./schemas.js";
import { checkShape } from "./shape.js";
import { parseSource } from "./source.js";
import { checkTasks } from "./tasks.js";

export interface ContractText {
  readonly text: string;
  /** What diagnostics and the headers of generated files call the contract: relative to the project, with `/`. */
  readonly path: string;
  /** The JSON Schema of a contract file: `schema/contract.schema.json` of machinery-ts, parsed. */
  readonly contractSchema: JsonSchema;
}

export interface LoadedContract {
  /** Not there if a diagnostic is an error. */
  readonly model?: Model;
  /** All that is wrong, in the order of the text. */
  readonly diagnostics: readonly Diagnostic[];
}

/** A contract on its way to a model, for those who have more to check. */
export interface InspectedContract {
  readonly value: unknown;
  readonly findings: Findings;
  readonly model: Model | undefined;
}

/**
 * From the text of a contract to its model. Pure: the same text gives the same model and the same diagnostics, and nothing is read,
 * fetched or thrown, whatever the text is. The model has no imports: those are other texts.
 */
export function loadContract(text: ContractText): LoadedContract {
  const { model, findings } = inspectContract(text);
  const diagnostics = findings.diagnostics();
  return model === undefined ? { diagnostics } : { model, diagnostics };
}

/** The same, with the places of all that is in the text. */
export function inspectContract({ text, path, contractSchema }: ContractText): InspectedContract {
  const findings = new Findings(path, text);
  const value = parseSource(text, findings);
  if (value !== undefined && !isNewerFormat(value, findings)) {
    checkShape(value, contractSchema, findings);
    checkTasks(value, findings);
    checkSchemas(value, findings);
    checkFormerNames(value, findings);
    checkDescriptions(value, [], findings);
  }
  if (findings.failed) return { value, findings, model: undefined };
  const model = buildModel(value, path);
  checkVersionHashes(model.tasks, findings);
  return { value, findings, model: findings.failed ? undefined : model };
}
