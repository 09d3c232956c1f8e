export { type ErrorCode, errorCodes, MachineryError } from "./errors.js";
export type { Complete, ResultOf } from "./workflow/fit.js";
export type { SendOptions } from "./workflow/options.js";
export { Fatal, RetryLater } from "./workflow/retry.js";
export { Signature, type SignatureOptions } from "./workflow/signature.js";
export { type SignatureFields, signature, type UntypedSignature } from "./workflow/untyped.js";
export { Chain, Chord, type ChordOptions, chain, chord, Group, group, type Item } from "./workflow/workflow.js";
