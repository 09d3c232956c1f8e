import { randomUUID } from "node:crypto";
import { parse, v5 } from "uuid";

// Machinery uses these ids as storage keys as they stand, so that the prefixes are part of the wire. `randomUUID` keeps a pool of
// entropy and costs about a tenth of a microsecond.

export const newTaskId = (): string => `task_${randomUUID()}`;
export const newGroupId = (): string => `group_${randomUUID()}`;
export const newChordId = (): string => `chord_${randomUUID()}`;

/** The namespace of `childTaskId`. It may never change: two versions of this library must agree on a callback's id. */
const NAMESPACE = parse("5f0c4b1e-6d0b-4c56-9a4e-3f1f8a2f6f0d");

/**
 * The id of a task that is sent because of another one and has no id of its own, such as an OnSuccess callback. The same parent,
 * kind and index give the same id in every process, so that a replay after a crash sends the same task again and not a second one.
 * (Go Machinery draws a random id here.)
 *
 * @param kind which list of the parent's callbacks, e.g. `success` or `error`
 * @param index its place in that list, from 0
 */
export function childTaskId(parentId: string, kind: string, index: number): string {
  return `task_${v5(`${parentId}:${kind}:${index}`, NAMESPACE)}`;
}
