import { encodeState } from "../../wire/state.js";
import type { GroupRecord, StateName, StateWrite } from "../backend.js";
import { resultsFrom, resultsOf, type StoredResult } from "./results.js";

// Machinery's collections and field names. What begins with `p_` is this library's own; Go ignores it, and keeps it.

export interface TaskDocument {
  _id: string;
  task_name?: string;
  state: StateName;
  results?: StoredResult[] | null;
  error?: string;
  /** When the task was sent. */
  created_at?: Date;
  /** When it is to be deleted. Go's unfinished states have none. */
  delete_at?: Date;
  /** Who waits for it, a space, and what no other write has. */
  p_write?: string;
}

export interface GroupDocument {
  _id: string;
  task_uuids?: string[];
  chord_triggered?: boolean;
  lock?: boolean;
  created_at?: Date;
  delete_at?: Date;
  /** Whether it was this library that set `chord_triggered`. */
  p_triggered?: boolean;
}

/** A member of a group that has ended. */
export interface MemberDocument {
  /** The group's id, a space, and the member's. */
  _id: string;
  group: string;
  delete_at: Date;
}

export interface LeaseDocument {
  _id: string;
  owner: string;
  /** When it is over. */
  delete_at: Date;
  /** Of a chord's gate: when nobody asks for it any more. */
  keep_until?: Date;
}

/** Longs as they are, since a number would lose digits. */
export const exactly = { promoteLongs: false } as const;

export const terminalStates: readonly StateName[] = ["SUCCESS", "FAILURE"];

/** The server deletes what is over within a minute or so, and until then it counts as gone. */
export function isOver({ delete_at }: { readonly delete_at?: Date }, now: Date): boolean {
  return delete_at !== undefined && delete_at <= now;
}

/** What a state sets, but for the time of the first. */
export function fieldsOf(write: StateWrite, deleteAt: Date, mark: string): Omit<TaskDocument, "_id" | "created_at"> {
  return {
    task_name: write.name,
    state: write.state,
    results: write.results === null ? null : resultsFrom(write.results),
    error: write.error,
    delete_at: deleteAt,
    p_write: mark,
  };
}

/** `undefined` for what is no time: Go then leaves the field out, too. */
export function dateOf(createdAt: string): Date | undefined {
  const date = new Date(createdAt);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** A stored state as Machinery's JSON. */
export function stateJson({ _id, task_name = "", state, results, error = "", created_at }: TaskDocument): string {
  return encodeState(_id, task_name, state, results ? resultsOf(results) : null, error, created_at?.toISOString() ?? "");
}

/** A stored group as Machinery's JSON. */
export function groupJson({ _id, task_uuids = [], chord_triggered = false, lock = false, created_at }: GroupDocument): string {
  return JSON.stringify({
    GroupUUID: _id,
    TaskUUIDs: task_uuids,
    ChordTriggered: chord_triggered,
    Lock: lock,
    CreatedAt: created_at?.toISOString() ?? "",
  });
}

export function groupFields({ members, json }: GroupRecord, deleteAt: Date): Omit<GroupDocument, "_id"> {
  const createdAt = dateOf(/"CreatedAt":"([^"]*)"}$/.exec(json)?.[1] ?? "");
  return { task_uuids: [...members], lock: false, delete_at: deleteAt, ...(createdAt && { created_at: createdAt }) };
}
