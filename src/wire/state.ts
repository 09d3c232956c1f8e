import { taskState as validate } from "../../generated/wire/validators.js";
import { MachineryError } from "../errors.js";
import { parseJson } from "./json.js";
import type { JsonValue } from "./json-value.js";
import { storedLimits } from "./limits.js";
import { quoted } from "./quoted.js";
import { readScalarArgs } from "./scalar-args.js";
import type { WireArg } from "./signature.js";
import { readStored } from "./stored.js";

/** Machinery's TaskState as a result backend holds it. */
export interface WireTaskState {
  readonly TaskUUID: string;
  readonly TaskName: string;
  readonly State: "PENDING" | "RECEIVED" | "STARTED" | "RETRY" | "SUCCESS" | "FAILURE";
  /** `null`: none yet; empty: the task returns nothing. */
  readonly Results: readonly WireArg[] | null;
  readonly Error: string;
  /** RFC 3339, when the task was sent; empty where a writer left it out. */
  readonly CreatedAt: string;
}

/**
 * A state as JSON. `TaskUUID`, `TaskName` and `State` come first, in that order: scripts in the backends find the state by it.
 *
 * @param results the JSON array of the results, or `null`
 */
export function encodeState(
  id: string,
  name: string,
  state: WireTaskState["State"],
  results: string | null,
  error: string,
  createdAt: string,
): string {
  return (
    `{"TaskUUID":${quoted(id)},"TaskName":${quoted(name)},"State":"${state}","Results":${results ?? "null"}` +
    `,"Error":${error === "" ? '""' : quoted(error)},"CreatedAt":"${createdAt}"}`
  );
}

/**
 * One state of one task on its way to a result backend, with its fields and as JSON. The JSON is written when it is asked for: many a
 * state is overwritten before anybody reads it.
 */
export class StateRecord {
  private text: string | undefined;

  /**
   * @param results the JSON array of the results, or `null`
   * @param createdAt RFC 3339
   * @param ttlMs how long to keep it, in milliseconds
   * @param notify the topic of who waits for it elsewhere
   */
  constructor(
    readonly id: string,
    readonly name: string,
    readonly state: WireTaskState["State"],
    readonly results: string | null,
    readonly error: string,
    readonly createdAt: string,
    readonly ttlMs: number,
    readonly notify: string | undefined,
  ) {}

  get json(): string {
    this.text ??= encodeState(this.id, this.name, this.state, this.results, this.error, this.createdAt);
    return this.text;
  }
}

/** Reads a stored state. Throws `ERR_STATE_CORRUPT`. */
export function decodeState(json: string, id: string): WireTaskState {
  return readSuccess(json, id) ?? readState(json, id);
}

const ID = '{"TaskUUID":"';
const NAME = '","TaskName":"';
const RESULTS = '","State":"SUCCESS","Results":';
const END = ',"Error":"","CreatedAt":"';
const PLAIN = /^[\w.:-]*$/;
/** As the schema of a state has it. */
const PLAIN_ID = /^[\w.:-]{1,200}$/;
/** Of the results alone, which are one level down. */
const resultLimits = { ...storedLimits, maxDepth: storedLimits.maxDepth - 1 };

/**
 * Reads what most states are in the end, as `encodeState` and Go write it: a success. Only the results are parsed, the rest is
 * compared as text. `undefined` where anything is written otherwise; it may be as good.
 */
function readSuccess(json: string, id: string): WireTaskState | undefined {
  const nameStart = ID.length + id.length + NAME.length;
  const resultsMark = json.indexOf(RESULTS, nameStart);
  const end = json.lastIndexOf(END);
  if (resultsMark === -1 || end === -1 || !json.endsWith('"}')) return undefined;
  if (!json.startsWith(ID) || !json.startsWith(id, ID.length) || !json.startsWith(NAME, ID.length + id.length)) return undefined;
  const name = json.slice(nameStart, resultsMark);
  if (end + END.length > json.length - 2) return undefined;
  const createdAt = json.slice(end + END.length, -2);
  if (!PLAIN.test(name) || !PLAIN.test(createdAt) || !PLAIN_ID.test(id)) return undefined;
  const results = readResults(json.slice(resultsMark + RESULTS.length, end));
  if (results === undefined) return undefined;
  return { TaskUUID: id, TaskName: name, State: "SUCCESS", Results: results, Error: "", CreatedAt: createdAt };
}

/** The results of a state that is at hand as fields. Throws `ERR_STATE_CORRUPT`. */
export function decodeResults(json: string, id: string): readonly WireArg[] {
  const results = readResults(json);
  if (results) return results;
  throw new MachineryError("ERR_STATE_CORRUPT", "the result backend holds no results here.", { at: `${id}/Results` });
}

function readResults(json: string): readonly WireArg[] | undefined {
  const scalars = readScalarArgs(json);
  if (scalars) return scalars;
  let results: JsonValue;
  try {
    results = parseJson(json, resultLimits);
  } catch {
    return undefined;
  }
  return Array.isArray(results) && results.every(isResult) ? (results as unknown as WireArg[]) : undefined;
}

function isResult(value: JsonValue): boolean {
  const { Type, Value } = (value ?? {}) as { Type?: JsonValue; Value?: JsonValue };
  return typeof Type === "string" && Type !== "" && Value !== undefined;
}

function readState(json: string, id: string): WireTaskState {
  const state = readStored(json, id, "task state", validate) as Partial<WireTaskState>;
  return {
    TaskUUID: state.TaskUUID ?? id,
    TaskName: state.TaskName ?? "",
    State: state.State!,
    Results: state.Results ?? null,
    Error: state.Error ?? "",
    CreatedAt: state.CreatedAt ?? "",
  };
}

/** Whether a JSON text has the state of a task that has not ended; what neither this nor `isTerminalJson` knows is corrupt. */
export function isUnfinishedJson(json: string): boolean {
  return /"State":"(?:PENDING|RECEIVED|STARTED|RETRY)"/.test(json);
}

/** Whether a JSON text has the state of a task that a worker has received. */
export function isReceivedJson(json: string): boolean {
  return /"State":"(?:RECEIVED|STARTED|RETRY|SUCCESS|FAILURE)"/.test(json);
}
