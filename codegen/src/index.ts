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
export type { Definition, JsonSchema, Model, ObjectType, Parameter, Policy, ScalarType, Task } from "./model.js";
