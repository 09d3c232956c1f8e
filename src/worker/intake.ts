import type { Delivery } from "../brokers/broker.js";
import { MachineryError } from "../errors.js";
import type { Dispatch } from "../gen/v1/dispatcher.js";
import type { Logger } from "../logger.js";
import type { MessageLimits } from "../wire/limits.js";
import { checkEnvelope, explainInvalid, parseMessage, validateEnvelope } from "../wire/message.js";
import type { WireSignature } from "../wire/signature.js";
import { Job } from "./job.js";

/** What a worker makes of a message. */
export type Intake =
  /** A task that it can run. */
  | { readonly kind: "job"; readonly job: Job }
  /** A sound message for a task that no handler here knows. */
  | { readonly kind: "unknown"; readonly delivery: Delivery; readonly signature: WireSignature }
  /** A sound envelope with arguments that are not the contract's: the task fails, and who waits is told. */
  | { readonly kind: "misfit"; readonly delivery: Delivery; readonly signature: WireSignature; readonly error: MachineryError }
  /** Not a message of ours to understand: to be put aside. */
  | { readonly kind: "bad"; readonly delivery: Delivery; readonly error: MachineryError };

/** Reads one message: parse, look up, validate, decode. Never throws. */
export function readDelivery(delivery: Delivery, dispatch: Dispatch, limits: MessageLimits, logger: Logger): Intake {
  let signature: WireSignature | undefined;
  try {
    const message = parseMessage(delivery.body, limits);
    const entry = typeof message.Name === "string" ? dispatch.get(message.Name) : undefined;
    if (!entry) {
      signature = validateEnvelope(message);
      checkEnvelope(signature, delivery.queue);
      return { kind: "unknown", delivery, signature };
    }
    const { validate } = entry.definition;
    if (!validate(message)) {
      const error = explainInvalid(validate.errors, message);
      return error.code.startsWith("ERR_ARG_")
        ? { kind: "misfit", delivery, signature: message as unknown as WireSignature, error }
        : { kind: "bad", delivery, error };
    }
    const sound = message as unknown as WireSignature;
    checkEnvelope(sound, delivery.queue);
    signature = sound;
    const args = entry.definition.decodeArgs(sound.Args ?? []);
    return { kind: "job", job: new Job(delivery, sound, entry, args, logger) };
  } catch (cause) {
    const error =
      cause instanceof MachineryError
        ? cause
        : new MachineryError("ERR_MSG_JSON", `the message cannot be read. ${String(cause)}`, { cause });
    return signature ? { kind: "misfit", delivery, signature, error } : { kind: "bad", delivery, error };
  }
}
