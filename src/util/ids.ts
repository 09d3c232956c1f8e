import { hash } from "node:crypto";
import { timeIds } from "./time-ids.js";

// Machinery uses these ids as storage keys as they stand, so that the prefixes are part of the wire. What follows them is nobody's
// business: Go draws a random UUID.

export const newTaskId = timeIds("task_");
export const newGroupId = timeIds("group_");
export const newChordId = timeIds("chord_");

/** Where the ids of a workflow come from. Each takes the time, in milliseconds since the epoch. */
export interface IdSource {
  task(now: number): string;
  group(now: number): string;
  chord(now: number): string;
}

export const newIds: IdSource = { task: newTaskId, group: newGroupId, chord: newChordId };

/** Ids that follow from a name: the same ones in the same order in every process. */
export function fixedIds(name: string): IdSource {
  let count = 0;
  const next = (prefix: string) => () => `${prefix}${nameUuid(`${name}#${count++}`)}`;
  return { task: next("task_"), group: next("group_"), chord: next("chord_") };
}

/** The namespace of `childTaskId`. It may never change: two versions of this library must agree on a callback's id. */
const NAMESPACE = Buffer.from("5f0c4b1e6d0b4c569a4e3f1f8a2f6f0d", "hex");

/**
 * The id of a task that is sent because of another one and has no id of its own, such as an OnSuccess callback. The same parent,
 * kind and index give the same id in every process, so that a replay after a crash sends the same task again and not a second one.
 * (Go Machinery draws a random id here.)
 *
 * @param kind which list of the parent's callbacks, e.g. `success` or `error`
 * @param index its place in that list, from 0
 */
export function childTaskId(parentId: string, kind: string, index: number): string {
  return `task_${nameUuid(`${parentId}:${kind}:${index}`)}`;
}

/** RFC 9562's version 5: the SHA-1 of namespace and name, with version and variant written over it. */
function nameUuid(name: string): string {
  const hex = hash("sha1", Buffer.concat([NAMESPACE, Buffer.from(name)]));
  const variant = ((Number.parseInt(hex[16]!, 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
