import { groupMeta as validate } from "../../generated/wire/validators.js";
import { readStored } from "./stored.js";

/** Machinery's GroupMeta as a result backend holds it. */
export interface WireGroupMeta {
  readonly GroupUUID: string;
  /** In the order in which their results are handed to the chord's callback. */
  readonly TaskUUIDs: readonly string[];
  readonly ChordTriggered: boolean;
  readonly Lock: boolean;
  /** RFC 3339; empty where a writer left it out. */
  readonly CreatedAt: string;
}

/** The record of a group that has just been sent, as JSON. */
export function encodeGroupMeta(id: string, members: readonly string[], createdAt: string): string {
  return (
    `{"GroupUUID":${JSON.stringify(id)},"TaskUUIDs":${JSON.stringify(members)}` +
    `,"ChordTriggered":false,"Lock":false,"CreatedAt":"${createdAt}"}`
  );
}

/** Reads a stored group. Throws `ERR_STATE_CORRUPT`. */
export function decodeGroupMeta(json: string, id: string): WireGroupMeta {
  const group = readStored(json, id, "record of a group", validate) as Partial<WireGroupMeta>;
  return {
    GroupUUID: group.GroupUUID ?? id,
    TaskUUIDs: group.TaskUUIDs ?? [],
    ChordTriggered: group.ChordTriggered ?? false,
    Lock: group.Lock ?? false,
    CreatedAt: group.CreatedAt ?? "",
  };
}
