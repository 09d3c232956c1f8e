import { MachineryError } from "../errors.js";
import { childTaskId } from "../util/ids.js";
import { header, readDigits } from "../wire/headers.js";
import { stringifyJson } from "../wire/json.js";
import { checkShape, type MessageLimits } from "../wire/limits.js";
import { CALLBACK_LEVELS } from "../wire/message.js";
import type { WireArg, WireSignature } from "../wire/signature.js";
import { dueMs, rfc3339 } from "../wire/time.js";

/** What has to happen after a task has ended. All of it may be done again after a crash: ids never change. */
export interface FollowUp {
  readonly send: readonly FollowMessage[];
  /** Tasks that will never run, because one before them has failed: to be stored as FAILURE. */
  readonly ended: readonly EndedTask[];
  /** Members of groups that have ended. Where one is the last of its group, `followGroup` says what comes then. */
  readonly members: readonly EndedMember[];
}

/** A task to send. */
export interface FollowMessage {
  readonly id: string;
  readonly queue: string;
  readonly json: string;
  readonly signature: WireSignature;
  /** Milliseconds since the epoch. */
  readonly notBefore: number | undefined;
  readonly priority: number;
}

export interface EndedTask {
  readonly id: string;
  readonly name: string;
  /** Says which task failed, and how. */
  readonly error: string;
  /** The headers of its signature. */
  readonly headers: WireSignature["Headers"];
}

export interface EndedMember {
  readonly group: string;
  readonly member: string;
  readonly count: number;
  /** The chord's callback. */
  readonly callback: WireSignature;
}

export interface FollowOptions {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The worker's default queue, for callbacks that name none. */
  readonly queue: string;
  /** Where results go: behind a callback's own arguments, as in Machinery since v1.0.5, or before them, as until then. */
  readonly callbackArgs: "append" | "prepend";
  /** What workers accept: a callback that would be larger ends as FAILURE. */
  readonly limits: MessageLimits;
}

/** Collects a follow-up. */
export class Steps implements FollowUp {
  readonly send: FollowMessage[] = [];
  readonly ended: EndedTask[] = [];
  readonly members: EndedMember[] = [];
  /** A chord's callback stands in every member, so that a task can be reached on several ways. */
  readonly #ended = new Set<string>();

  constructor(private readonly options: FollowOptions) {}

  /** A callback with what is passed to it; all that this library does not know of it stays as it is. */
  sendTask(callback: WireSignature, id: string, passed: readonly WireArg[], where: "append" | "prepend"): void {
    const own = callback.Args ?? [];
    const given = passed.map(({ Type, Value }) => ({ Name: "", Type, Value }));
    const delayMs = readDigits(callback.Headers, header.delayMs);
    const signature: WireSignature = {
      ...callback,
      UUID: id,
      RoutingKey: callback.RoutingKey || this.options.queue,
      Args: given.length === 0 ? (callback.Args ?? null) : where === "append" ? [...own, ...given] : [...given, ...own],
      ETA: delayMs !== undefined ? rfc3339(this.options.now + delayMs) : (callback.ETA ?? null),
    };
    const json = stringifyJson(signature as never);
    const wrong = this.#tooLarge(json);
    if (wrong !== undefined) {
      this.endTask(callback, id, `not sent: ${wrong}`);
      return;
    }
    this.send.push({
      id,
      queue: signature.RoutingKey,
      json,
      signature,
      notBefore: dueMs(signature.ETA),
      priority: signature.Priority ?? 0,
    });
  }

  /** A task that will never run, and so nothing that was to follow it. */
  endTask(signature: WireSignature, id: string, error: string): void {
    if (this.#ended.has(id)) return;
    this.#ended.add(id);
    this.ended.push({ id, name: signature.Name, error, headers: signature.Headers ?? null });
    this.endFollowers(signature, id, failure(signature.Name, id, error));
  }

  /** What was to follow a task's success. */
  endFollowers(signature: WireSignature, id: string, error: string): void {
    for (const { callback, id: next } of callbacksOf(signature, id, "OnSuccess")) this.endTask(callback, next, error);
    const chord = signature.ChordCallback;
    if (!chord || !signature.GroupUUID) return;
    if (runsAnyway(chord)) this.endMember(signature, id, chord);
    else this.endTask(chord, chordId(chord, signature.GroupUUID), error);
  }

  endMember(signature: WireSignature, id: string, callback: WireSignature): void {
    this.members.push({ group: signature.GroupUUID, member: id, count: signature.GroupTaskCount, callback });
  }

  #tooLarge(json: string): string | undefined {
    const { limits } = this.options;
    if (json.length * 3 > limits.maxBytes && Buffer.byteLength(json) > limits.maxBytes) {
      return `with what is passed to it, the message is larger than ${limits.maxBytes} bytes`;
    }
    try {
      checkShape(json, { ...limits, maxDepth: limits.maxDepth + CALLBACK_LEVELS });
    } catch (error) {
      if (error instanceof MachineryError) return `with what is passed to it, the message ${error.message}`;
      throw error;
    }
    return undefined;
  }
}

/** The callbacks of one kind with their ids; one that has none gets the same each time it is asked for. */
export function callbacksOf(
  signature: WireSignature,
  id: string,
  kind: "OnSuccess" | "OnError",
): { callback: WireSignature; id: string }[] {
  return (signature[kind] ?? []).map((callback, i) => ({
    callback,
    id: callback.UUID || childTaskId(id, kind === "OnSuccess" ? "success" : "error", i),
  }));
}

/** The id of a group's callback: the same in every member. */
export const chordId = (callback: WireSignature, group: string): string => callback.UUID || childTaskId(group, "chord", 0);

export const runsAnyway = (callback: WireSignature): boolean => callback.Headers?.[header.onFailure] === "run";

const ofAnother = /^task "[^"]*" \([^()]*\) failed: /;

/** The error of a task for those that were to follow it; one that is itself of a task before stays as it is. */
export const failure = (name: string, id: string, error: string): string =>
  ofAnother.test(error) ? error : `task "${name}" (${id}) failed: ${error}`;
