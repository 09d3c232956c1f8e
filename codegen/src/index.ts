export { asyncApiDocument } from "./asyncapi/document.js";
export { type BreakingOptions, breaking } from "./breaking/breaking.js";
export type { Bump } from "./breaking/bump.js";
export { formatBreaking, isBroken, type ReportFormat } from "./breaking/format.js";
export { type BreakingFinding, type BreakingReport, compareTexts } from "./breaking/report.js";
export {
  type Direction,
  type Effect,
  type First,
  firstOf,
  isStopped,
  type Level,
  levelMeanings,
  levelOf,
  levels,
  type Rule,
} from "./breaking/rule.js";
export { type BreakingRuleId, breakingRules } from "./breaking/rules.js";
export {
  ContractError,
  type ContractErrorCode,
  contractErrorCodes,
  type Diagnostic,
  formatDiagnostic,
  formatDiagnostics,
} from "./contract/diagnostics.js";
export { type ContractText, type LoadedContract, loadContract } from "./contract/load.js";
export { readContract } from "./contract/read.js";
export { changelog } from "./diff/changelog.js";
export { type ExportAsyncApiOptions, type ExportDocumentOptions, exportAsyncApi, exportJsonSchema } from "./export-document.js";
export { type ExportGoOptions, exportGo } from "./export-go.js";
export { exportHtml } from "./export-html.js";
export { checkFiles, type Drift, type Output, type Written, writeFiles } from "./files.js";
export { formatReport } from "./format-report.js";
export { type GenerateOptions, type GenerateReport, generate } from "./generate.js";
export { GenerateError, type GenerateErrorCode, generateErrorCodes } from "./generate-error.js";
export { type GeneratedFiles, generateFiles, generateValidators, type SchemaFolder } from "./generate-files.js";
export { goFiles } from "./go/files.js";
export { type GoLibrary, goLibraries } from "./go/library.js";
export { takenAs } from "./go-widening.js";
export { htmlDocument } from "./html/document.js";
export { jsonSchemaDocument } from "./json-schema/document.js";
export { type FormatContractOptions, type FormattedContract, formatContract } from "./layout/format-contract.js";
export { layOut } from "./layout/layout.js";
export { formatLint } from "./lint/format.js";
export { type LintFinding, type LintOptions, type LintReport, lint, lintText } from "./lint/lint.js";
export { type LintRuleId, lintRules } from "./lint/rules.js";
export type { Definition, JsonSchema, Model, ObjectType, Parameter, Policy, ScalarType, Task } from "./model.js";
export { type PackOptions, packContract } from "./pack-contract.js";
export { checkGenerated } from "./self-check.js";
