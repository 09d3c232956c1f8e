/**
 * The runtime entry of generated code, version 1. Generated files import this and nothing else of the library: a fix here reaches
 * them without generating again; a breaking change would be `gen/v2` beside it.
 */

export type { GoType, GoTypes } from "../../wire/go-types.js";
export { envelopeValidator as validateEnvelope } from "../../wire/message.js";
export type { WireArg, WireSignature } from "../../wire/signature.js";
export { Signature } from "../../workflow/signature.js";
export { type Builder, builder } from "./builder.js";
export type { Codec } from "./codec.js";
export { type Dispatch, type DispatchEntry, type DispatcherEntry, dispatcher, type Handler } from "./dispatcher.js";
export { type GoCodecs, go, goResults } from "./go.js";
export { objectCodec } from "./object-codec.js";
export { type Migration, OlderVersion } from "./older-version.js";
export { checkResults, tuple } from "./results.js";
export { type ManyOptions, type Sender, type Sending, sender } from "./sender.js";
export type { FlowType, Parameter, TaskDefinition, TaskPolicy, TaskVersion, ValidationError, Validator } from "./task.js";
