import type { Delivery } from "../brokers/broker.js";
import { MachineryError } from "../errors.js";
import type { OlderVersion } from "../gen/v1/older-version.js";
import { withSkew } from "../wire/contract-skew.js";
import { checkId } from "../wire/envelope.js";
import { readContractHash } from "../wire/headers.js";
import type { ReadMessage } from "../wire/known-layouts.js";
import type { MessageLimits } from "../wire/limits.js";
import { checkEnvelope, explainInvalid, isValid, type MessageObject, readMessage, validateEnvelope } from "../wire/message.js";
import type { WireSignature } from "../wire/signature.js";
import { readWithoutArgs } from "../wire/without-args.js";
import type { ContractSkews } from "./contract-skews.js";
import { Job, type JobSurroundings } from "./job.js";
import type { TaskIdentity } from "./state-write.js";
import type { StrangeFields } from "./strange-fields.js";
import type { WorkerTask, WorkerTasks } from "./worker-task.js";

/** What a worker makes of a message. */
export type Intake =
  /** A task that it can run. */
  | { readonly kind: "job"; readonly job: Job }
  /** A sound message for a task that no handler here knows. */
  | { readonly kind: "unknown"; readonly signature: WireSignature }
  | Refusal;

/** A message that cannot be run: to be put aside. */
export interface Refusal {
  readonly kind: "refused";
  readonly error: Error;
  /** Whose state is to say so, where that much can be read: somebody may be waiting for it. */
  readonly task?: TaskIdentity | undefined;
  /** Where only the arguments are wrong: what was to follow is known, and ends with it. */
  readonly signature?: WireSignature | undefined;
}

/** Reads one message: parse, look up, validate, decode. Never throws. */
export function readDelivery(
  delivery: Delivery,
  tasks: WorkerTasks,
  limits: MessageLimits,
  surroundings: JobSurroundings,
  strangeFields: StrangeFields,
  skews: ContractSkews,
): Intake {
  let message: MessageObject | undefined;
  let entry: WorkerTask | undefined;
  try {
    const read = readForThread(delivery.body, tasks, limits) ?? readMessage(delivery.body, limits);
    message = read.message;
    if (read.layout === undefined) strangeFields.look(message);
    entry = typeof message.Name === "string" ? tasks.get(message.Name) : undefined;
    if (!entry) return { kind: "unknown", signature: checkEnvelope(validateEnvelope(message), delivery.queue) };
    const { definition } = entry;
    if (read.layout?.passed !== definition.validate) skews.look(entry, message);
    if (definition.policy.run === "thread") {
      // The arguments are the thread's to decode.
      return {
        kind: "job",
        job: new Job(delivery, checkEnvelope(validateEnvelope(message), delivery.queue), entry, [], surroundings),
      };
    }
    const version = versionOf(entry, read);
    if (!isValid(version.validate, read)) throw explainInvalid(version.validate.errors, message);
    const signature = checkEnvelope(message as unknown as WireSignature, delivery.queue);
    const args = version.decodeArgs(signature.Args ?? []);
    return { kind: "job", job: new Job(delivery, signature, entry, args, surroundings) };
  } catch (error) {
    return refuse(entry && message ? withSkew(error, entry.definition, message) : error, message, delivery.queue);
  }
}

/** Which version of the task is to read a message. One that is like those before it is of the version that they were. */
function versionOf({ definition, older }: WorkerTask, { message, layout }: ReadMessage): WorkerTask["definition"] | OlderVersion {
  if (older === undefined || layout?.passed === definition.validate) return definition;
  return older.get(readContractHash(message.Headers as never) ?? "") ?? definition;
}

/** A large message of a task for threads: its arguments cost the loop nothing. The thread reads all of it, and has the last word. */
function readForThread(bytes: Uint8Array, tasks: WorkerTasks, limits: MessageLimits): ReadMessage | undefined {
  const isWanted = (name: unknown): boolean => typeof name === "string" && tasks.get(name)?.definition.policy.run === "thread";
  const message = readWithoutArgs(bytes, limits, isWanted);
  if (message === undefined || !isWanted(message.Name)) return undefined;
  return { message, layout: undefined };
}

function refuse(cause: unknown, message: MessageObject | undefined, queue: string): Refusal {
  const error =
    cause instanceof MachineryError
      ? cause
      : new MachineryError("ERR_MSG_JSON", `the message cannot be read. ${String(cause)}`, { cause });
  if (message === undefined) return { kind: "refused", error };
  try {
    const signature = checkEnvelope(validateEnvelope(message), queue);
    return { kind: "refused", error, task: signature, signature };
  } catch {
    return { kind: "refused", error, task: identify(message, queue) };
  }
}

/** Whose message it was meant to be, if its UUID can be the key of a state. */
function identify({ UUID, Name, RoutingKey, Headers }: MessageObject, queue: string): TaskIdentity | undefined {
  if (typeof UUID !== "string" || !/^[A-Za-z0-9._:-]{1,200}$/.test(UUID) || UUID === queue || UUID === RoutingKey) return undefined;
  try {
    checkId(UUID, "/UUID");
  } catch {
    return undefined;
  }
  const isRecord = typeof Headers === "object" && Headers !== null && !Array.isArray(Headers);
  return {
    UUID,
    Name: typeof Name === "string" ? Name.slice(0, 255).toWellFormed() : "",
    Headers: isRecord ? (Headers as WireSignature["Headers"]) : null,
  };
}
