import { MachineryError } from "../errors.js";
import type { WireSignature } from "./signature.js";
import { parseTime } from "./time.js";

/** How deep callbacks may nest, where more than one follows a task or a group ends in one. */
export const MAX_CALLBACK_DEPTH = 16;

/** How many tasks may follow one another in a line: in each, one OnSuccess task and no more. */
export const MAX_CHAIN_LENGTH = 256;

/** Keys of Go Machinery on a Redis that broker and result backend share. */
const machineryKeys: ReadonlySet<string> = new Set(["delayed_tasks", "TriggerChordMutex"]);

type Mutable = { -readonly [field in keyof WireSignature]: WireSignature[field] };

/**
 * Checks what a JSON Schema cannot say of a signature that its validator has passed: no UUID and no queue may be a key that is used
 * for something else, callbacks nest 16 deep at most (256 in a plain chain) and none leads back to itself, the ETA is a time. Fields that older versions
 * of Machinery leave out get Go's zero values, in place. Cheap for a message without callbacks.
 *
 * @param queue where the message lies; a UUID of the same name is refused
 * @throws MachineryError `ERR_SIG_RESERVED`, `ERR_SIG_LIMIT`, `ERR_SIG_CYCLE`, `ERR_SIG_TYPE`
 */
export function checkEnvelope(message: WireSignature, queue?: string): WireSignature {
  check(message as Mutable, queue, "", undefined);
  return message;
}

/** The signatures that lead to one, from itself to the outermost. */
interface Path {
  readonly uuid: string;
  /** Branching steps from the outermost signature, and plain steps of a chain. */
  readonly depth: number;
  readonly length: number;
  readonly above: Path | undefined;
}

function check(s: Mutable, queue: string | undefined, at: string, above: Path | undefined): void {
  fillIn(s);
  checkUuid(s.UUID, s, queue, `${at}/UUID`);
  if (s.GroupUUID !== "") {
    checkUuid(s.GroupUUID, s, queue, `${at}/GroupUUID`);
    if (s.GroupUUID === s.UUID) throw reserved(`${at}/GroupUUID`, "is the task's own UUID: the two records would share a key.");
  }
  checkQueue(s.RoutingKey, `${at}/RoutingKey`);
  if (s.ETA !== null && parseTime(s.ETA) === undefined) {
    throw new MachineryError("ERR_SIG_TYPE", "expected a time as RFC 3339 writes it.", { at: `${at}/ETA` });
  }
  if (s.OnSuccess === null && s.OnError === null && s.ChordCallback === null) return;

  const line = s.OnSuccess?.length === 1;
  const path: Path = { uuid: s.UUID, depth: (above?.depth ?? 0) + 1, length: above?.length ?? 0, above };
  const next: Path = line ? { ...path, depth: path.depth - 1, length: path.length + 1 } : path;
  s.OnSuccess?.forEach((callback, i) => {
    checkCallback(callback, queue, `${at}/OnSuccess/${i}`, next);
  });
  s.OnError?.forEach((callback, i) => {
    checkCallback(callback, queue, `${at}/OnError/${i}`, path);
  });
  if (s.ChordCallback !== null) checkCallback(s.ChordCallback, queue, `${at}/ChordCallback`, path);
}

function checkCallback(callback: WireSignature, queue: string | undefined, at: string, path: Path): void {
  if (path.depth > MAX_CALLBACK_DEPTH) {
    throw new MachineryError("ERR_SIG_LIMIT", `callbacks nest deeper than ${MAX_CALLBACK_DEPTH}.`, { at });
  }
  if (path.length > MAX_CHAIN_LENGTH) {
    throw new MachineryError("ERR_SIG_LIMIT", `more than ${MAX_CHAIN_LENGTH} tasks follow one another.`, { at });
  }
  for (let one: Path | undefined = path; one !== undefined; one = one.above) {
    if (one.uuid !== "" && one.uuid === callback.UUID) {
      throw new MachineryError("ERR_SIG_CYCLE", "the callback has the UUID of a task that leads to it.", { at: `${at}/UUID` });
    }
  }
  check(callback as Mutable, queue, at, path);
}

function checkUuid(uuid: string, { RoutingKey }: Mutable, queue: string | undefined, at: string): void {
  checkId(uuid, at);
  if (uuid !== "" && (uuid === queue || uuid === RoutingKey)) throw reserved(at, "is the name of the queue.");
}

/** Throws `ERR_SIG_RESERVED` for an id that is a key of Machinery's or of this library's own. */
export function checkId(id: string, at: string): void {
  if (machineryKeys.has(id)) throw reserved(at, `"${id}" is a key of Machinery's own.`);
  if (id.includes(":p:")) throw reserved(at, 'holds ":p:", which marks the keys of this library.');
}

/** The same for a queue's name. */
export function checkQueue(name: string, at: string): void {
  if (name === "") return;
  if (machineryKeys.has(name)) throw reserved(at, `"${name}" is a key of Machinery's own.`);
  if (name.startsWith("delay.")) throw reserved(at, 'begins with "delay.", as queues of delayed messages do.');
  if (name.includes(":p:")) throw reserved(at, 'holds ":p:", which marks the keys of this library.');
}

function reserved(at: string, what: string): MachineryError {
  return new MachineryError("ERR_SIG_RESERVED", what, { at, hint: "Choose another." });
}

/** Go's zero values for what the message leaves out. */
function fillIn(s: Mutable): void {
  // Callbacks may come without a UUID; they are given one when they are sent.
  s.UUID ??= "";
  s.RoutingKey ??= "";
  s.ETA ??= null;
  s.GroupUUID ??= "";
  s.GroupTaskCount ??= 0;
  s.Args ??= null;
  s.Headers ??= null;
  s.Immutable ??= false;
  s.RetryCount ??= 0;
  s.RetryTimeout ??= 0;
  s.OnSuccess ??= null;
  s.OnError ??= null;
  s.ChordCallback ??= null;
}
