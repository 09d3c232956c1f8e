import { header } from "../wire/headers.js";
import { type JsonValue, stringifyJson } from "../wire/json.js";
import { quoted } from "../wire/quoted.js";
import { rfc3339 } from "../wire/time.js";
import { etaOf } from "./eta.js";
import { Signature, type SignatureTask } from "./signature.js";

/** What a server gives to the signatures it sends. */
export interface SendDefaults {
  /** The queue of a task that names none and whose contract names none. */
  readonly queue: string;
  /** On every message, callbacks included (such as the topic for result notices). A signature's own headers come on top. */
  readonly headers?: { readonly [name: string]: JsonValue };
}

/** A signature's place in a workflow: what is around it, as JSON text. */
export interface Place {
  readonly uuid: string;
  /** Whether it is sent with the workflow, and not by a worker after another task. */
  readonly first: boolean;
  /** When the workflow is sent, milliseconds since the epoch. */
  readonly now: number;
  /** The group it is a member of. */
  readonly group?: { readonly uuid: string; readonly count: number } | undefined;
  /** The chord's callback, where that group has one. */
  readonly chord?: string | undefined;
  /** What follows it. */
  readonly onSuccess?: readonly string[];
  readonly onError?: readonly string[];
  /** On the callback of a chord that runs in spite of failures. */
  readonly runAnyway?: boolean;
}

/** A message without its id and its arguments: what stands between the two, and what follows. */
interface Envelope {
  readonly queue: string;
  readonly before: string;
  readonly after: string;
}

/**
 * Writes signatures as Machinery's JSON, in the order of Go's fields. Arguments and callbacks are text already, so that this is
 * putting strings one behind the other. One encoder serves all the signatures of a server.
 */
export class SignatureEncoder {
  /** By task, for signatures that have no options and stand alone. */
  readonly #plain = new WeakMap<SignatureTask, Envelope>();
  /** Headers by the hash of the task's contract, for signatures that have none of their own. */
  readonly #headers = new Map<string, string>();

  constructor(readonly defaults: SendDefaults) {}

  encode(signature: Signature, place: Place): string {
    return complete(place.uuid, signature.args, this.#envelope(signature, place));
  }

  /** A signature that has no options, is sent alone and at once. */
  encodePlain({ task, args }: Signature, uuid: string): { readonly queue: string; readonly json: string } {
    let envelope = this.#plain.get(task);
    if (envelope === undefined) {
      envelope = this.#envelope(new Signature(task, "", 0), { uuid: "", first: true, now: 0 });
      this.#plain.set(task, envelope);
    }
    return { queue: envelope.queue, json: complete(uuid, args, envelope) };
  }

  #envelope(signature: Signature, place: Place): Envelope {
    const { options, task } = signature;
    const { group } = place;
    const { policy } = task;
    const queue = this.queueOf(signature, place.first);
    const eta = etaOf(signature, place.now);
    const retry = options.retry;
    const priority = options.priority ?? 0;
    const before =
      `,"Name":${quoted(task.name)},"RoutingKey":${quoted(queue)}` +
      `,"ETA":${eta === undefined ? "null" : `"${rfc3339(eta)}"`}` +
      (group === undefined ? ',"GroupUUID":"","GroupTaskCount":0' : `,"GroupUUID":"${group.uuid}","GroupTaskCount":${group.count}`);
    const after =
      `,"Headers":${this.#headersOf(signature, place)}` +
      (priority === 0 ? "" : `,"Priority":${priority}`) +
      `,"Immutable":${options.immutable ?? false}` +
      `,"RetryCount":${retry?.count ?? policy.retryCount ?? 0}` +
      `,"RetryTimeout":${retry ? (retry.timeoutSeconds ?? 0) : (policy.retryTimeoutSeconds ?? 0)}` +
      `,"OnSuccess":${listOf(place.onSuccess)},"OnError":${listOf(place.onError)},"ChordCallback":${place.chord ?? "null"}}`;
    return { queue, before, after };
  }

  /**
   * The queue a signature names. For a callback that names none it is empty, which Machinery reads as the default queue of the
   * worker that sends it.
   */
  queueOf({ task, options }: Signature, first: boolean): string {
    return options.queue ?? task.policy.queue ?? (first ? this.defaults.queue : "");
  }

  #headersOf({ task, options }: Signature, place: Place): string {
    const delay = place.first ? undefined : options.delayMs;
    if (options.headers !== undefined || delay !== undefined || place.runAnyway) {
      return write({
        ...this.defaults.headers,
        ...(task.hash && { [header.contract]: task.hash }),
        ...options.headers,
        ...(delay !== undefined && { [header.delayMs]: `${delay}` }),
        ...(place.runAnyway && { [header.onFailure]: "run" }),
      });
    }
    const hash = task.hash ?? "";
    let text = this.#headers.get(hash);
    if (text === undefined) {
      text = write({ ...this.defaults.headers, ...(hash !== "" && { [header.contract]: hash }) });
      this.#headers.set(hash, text);
    }
    return text;
  }
}

/** Ids are of an alphabet that JSON need not escape. */
const complete = (uuid: string, args: string, { before, after }: Envelope): string =>
  `{"UUID":"${uuid}"${before},"Args":${args === "" ? "null" : `[${args}]`}${after}`;

const write = (headers: { readonly [name: string]: JsonValue }): string =>
  Object.keys(headers).length === 0 ? "null" : stringifyJson(headers);

const listOf = (texts: readonly string[] | undefined): string =>
  texts === undefined || texts.length === 0 ? "null" : `[${texts.join()}]`;
