import { type JsonValue, stringifyJson } from "../wire/json.js";
import { etaOf, etaText } from "./eta.js";
import { header } from "./headers.js";
import type { Signature } from "./signature.js";

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

/**
 * Writes signatures as Machinery's JSON, in the order of Go's fields. Arguments and callbacks are text already, so that this is
 * putting strings one behind the other. One encoder serves all the signatures of a server.
 */
export class SignatureEncoder {
  /** Headers by the hash of the task's contract, for all the signatures that have none of their own. */
  readonly #headers = new Map<string, string>();

  constructor(readonly defaults: SendDefaults) {}

  encode(signature: Signature, place: Place): string {
    const { task, options } = signature;
    const { group } = place;
    const { policy } = task;
    const queue = this.queueOf(signature, place.first);
    const eta = etaOf(signature, place.now);
    const retry = options.retry;
    const priority = options.priority ?? 0;
    return (
      `{"UUID":${JSON.stringify(place.uuid)},"Name":${JSON.stringify(task.name)},"RoutingKey":${JSON.stringify(queue)}` +
      `,"ETA":${eta === undefined ? "null" : `"${etaText(eta)}"`}` +
      (group === undefined
        ? ',"GroupUUID":"","GroupTaskCount":0'
        : `,"GroupUUID":${JSON.stringify(group.uuid)},"GroupTaskCount":${group.count}`) +
      `,"Args":${signature.args === "" ? "null" : `[${signature.args}]`}` +
      `,"Headers":${this.#headersOf(signature, place)}` +
      (priority === 0 ? "" : `,"Priority":${priority}`) +
      `,"Immutable":${options.immutable ?? false}` +
      `,"RetryCount":${retry?.count ?? policy.retryCount ?? 0}` +
      `,"RetryTimeout":${retry ? (retry.timeoutSeconds ?? 0) : (policy.retryTimeoutSeconds ?? 0)}` +
      `,"OnSuccess":${listOf(place.onSuccess)},"OnError":${listOf(place.onError)},"ChordCallback":${place.chord ?? "null"}}`
    );
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
        ...(delay !== undefined && { [header.delayMs]: delay }),
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

const write = (headers: { readonly [name: string]: JsonValue }): string =>
  Object.keys(headers).length === 0 ? "null" : stringifyJson(headers);

const listOf = (texts: readonly string[] | undefined): string =>
  texts === undefined || texts.length === 0 ? "null" : `[${texts.join()}]`;
