/*
 * What goes over a broker's notices: small JSON objects, told to whoever listens now. (Machinery has none.) Whoever can reach the broker
 * can tell anything, so that readers take what makes sense and leave the rest.
 */

/** Where workers hear which tasks are to end. */
export const cancelTopic = "cancel";

/** Where a task tells how far it has come. */
export const progressTopic = (uuid: string): string => `progress:${uuid}`;

/** With ids of 200 characters at most, as the wire has them, a notice stays below its 64 KiB. */
const idsPerNotice = 300;

/** One body for every few hundred ids. */
export const encodeCancel = encodeIds;
export const decodeCancel = decodeIds;

/** Where a waiting process hears which tasks have ended, of those whose messages name the topic. */
export const endedTopic = (unique: string): string => `ended:${unique}`;

/** Whether a message may name it: whoever writes messages is not to choose what else workers say, and to whom. */
export const isEndedTopic = (topic: string): boolean => /^ended:[A-Za-z0-9._-]{1,200}$/.test(topic);

/** One body for every few hundred ids. */
export const encodeEnded = encodeIds;
export const decodeEnded = decodeIds;

function encodeIds(uuids: readonly string[]): Uint8Array[] {
  const bodies: Uint8Array[] = [];
  for (let i = 0; i < uuids.length; i += idsPerNotice) {
    bodies.push(Buffer.from(JSON.stringify({ uuids: uuids.slice(i, i + idsPerNotice) })));
  }
  return bodies;
}

function decodeIds(body: Uint8Array): string[] {
  const { uuids } = read(body);
  return Array.isArray(uuids) ? uuids.filter((uuid) => typeof uuid === "string") : [];
}

/** Where workers hear that somebody wants to know who they are. */
export const rollCallTopic = "roll-call";

/** The hashes of a task's versions: those that a worker runs as they are, under one name or another, and those that it migrates. */
export type AnnouncedTask = readonly [own: readonly string[], older: readonly string[]];

/** The tasks of one worker, or as many of them as fit into a notice. */
export interface WorkerAnnouncement {
  /** The worker's tag. */
  readonly worker: string;
  /** Another one for each worker, whatever their tags. */
  readonly id: string;
  readonly queues: readonly string[];
  /** By the task's name on the wire. */
  readonly tasks: { readonly [name: string]: AnnouncedTask };
}

/** @param reply the topic on which to answer */
export function encodeRollCall(reply: string): Uint8Array {
  return Buffer.from(JSON.stringify({ reply }));
}

/** The topic on which to answer; `undefined` where it is none. */
export function decodeRollCall(body: Uint8Array): string | undefined {
  const { reply } = read(body);
  return typeof reply === "string" && /^[A-Za-z0-9._:-]{1,240}$/.test(reply) ? reply : undefined;
}

/** With names of 64 characters, packages of as many, and a few versions of each, a notice stays below its 64 KiB. */
const tasksPerNotice = 200;

/** One body for every few hundred tasks. */
export function encodeAnnouncement({ tasks, ...worker }: WorkerAnnouncement): Uint8Array[] {
  const entries = Object.entries(tasks);
  const bodies: Uint8Array[] = [];
  for (let i = 0; i === 0 || i < entries.length; i += tasksPerNotice) {
    const some = Object.fromEntries(entries.slice(i, i + tasksPerNotice));
    bodies.push(Buffer.from(JSON.stringify({ ...worker, tasks: some })));
  }
  return bodies;
}

export function decodeAnnouncement(body: Uint8Array): WorkerAnnouncement | undefined {
  const { worker, id, queues, tasks } = read(body);
  if (typeof worker !== "string" || typeof id !== "string" || !isStrings(queues)) return undefined;
  if (typeof tasks !== "object" || tasks === null) return undefined;
  const known = Object.entries(tasks).filter((entry): entry is [string, AnnouncedTask] => isAnnounced(entry[1]));
  return { worker, id, queues, tasks: Object.fromEntries(known) };
}

function isAnnounced(value: unknown): value is AnnouncedTask {
  return Array.isArray(value) && value.length === 2 && value.every(isStrings);
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

/** How far a task has come: `done` of `total`. */
export interface Progress {
  /** 0 to `total`. */
  readonly done: number;
  /** More than 0. */
  readonly total: number;
}

/** Progress within its bounds; `undefined` where the numbers say nothing (0 of 0, say). */
export function progressOf(done: unknown, total: unknown): Progress | undefined {
  if (typeof done !== "number" || typeof total !== "number") return undefined;
  if (!Number.isFinite(done) || !Number.isFinite(total) || total <= 0) return undefined;
  return { done: Math.min(Math.max(done, 0), total), total };
}

export function encodeProgress({ done, total }: Progress): Uint8Array {
  return Buffer.from(JSON.stringify({ done, total }));
}

export function decodeProgress(body: Uint8Array): Progress | undefined {
  const { done, total } = read(body);
  return progressOf(done, total);
}

function read(body: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString());
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // It is none of ours.
  }
  return {};
}
