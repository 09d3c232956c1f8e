import { readContractHash } from "../wire/headers.js";
import type { WorkerAnnouncement } from "../wire/notices.js";
import type { WireSignature } from "../wire/signature.js";

/** One version of a task, where any message or worker has it. */
export interface TaskVersionInUse {
  readonly task: string;
  /** The hash of its contract; `undefined` for messages that name none, as those of Go senders. */
  readonly hash: string | undefined;
  /** How many messages of it wait. */
  readonly pending: number;
  /** How many are not due yet. */
  readonly delayed: number;
  /** The tags of the workers whose own version it is. */
  readonly runBy: readonly string[];
  /** Of those that migrate its arguments. */
  readonly migratedBy: readonly string[];
  /** Of those that have another version: they run what fits that one, and put the rest aside. */
  readonly validatedBy: readonly string[];
}

/** Which versions of tasks wait, and who runs them. */
export interface VersionSurvey {
  /** By task, then by hash. */
  readonly versions: readonly TaskVersionInUse[];
  /** The tags of the workers that answered; `undefined` where nobody could be asked. */
  readonly workers: readonly string[] | undefined;
  /** How many messages were looked at; `undefined` where the broker shows none of them. */
  readonly pending: number | undefined;
  readonly delayed: number | undefined;
}

/** A message that was looked at, if it is a task. */
interface Waiting {
  readonly signature: WireSignature | undefined;
}

export interface VersionSources {
  readonly pending: readonly Waiting[] | undefined;
  readonly delayed: readonly Waiting[] | undefined;
  readonly workers: readonly WorkerAnnouncement[] | undefined;
}

interface Count {
  pending: number;
  delayed: number;
}

export function surveyVersions({ pending, delayed, workers }: VersionSources): VersionSurvey {
  const tasks = new Map<string, Map<string | undefined, Count>>();
  const countOf = (task: string, hash: string | undefined): Count => {
    const versions = tasks.get(task) ?? new Map<string | undefined, Count>();
    tasks.set(task, versions);
    const count = versions.get(hash) ?? { pending: 0, delayed: 0 };
    versions.set(hash, count);
    return count;
  };
  for (const { signature } of pending ?? []) if (signature) countOf(signature.Name, readContractHash(signature.Headers)).pending++;
  for (const { signature } of delayed ?? []) if (signature) countOf(signature.Name, readContractHash(signature.Headers)).delayed++;
  for (const { tasks: known } of workers ?? []) {
    for (const [task, [[own]]] of Object.entries(known)) countOf(task, own || undefined);
  }
  const versions = [...tasks].flatMap(([task, counts]) =>
    [...counts].map(([hash, count]) => ({ task, hash, ...count, ...whoTakes(task, hash, workers ?? []) })),
  );
  return {
    versions: versions.sort((a, b) => compare(a.task, b.task) || compare(a.hash ?? "", b.hash ?? "")),
    workers: workers?.map(({ worker }) => worker),
    pending: pending?.length,
    delayed: delayed?.length,
  };
}

function whoTakes(task: string, hash: string | undefined, workers: readonly WorkerAnnouncement[]) {
  const runBy: string[] = [];
  const migratedBy: string[] = [];
  const validatedBy: string[] = [];
  for (const { worker, tasks } of workers) {
    if (!Object.hasOwn(tasks, task)) continue;
    const [own, older] = tasks[task]!;
    // Without a hash on either side there is nothing to compare: the arguments are all that counts.
    if (hash === undefined || own[0] === "" || own.includes(hash)) runBy.push(worker);
    else if (older.includes(hash)) migratedBy.push(worker);
    else validatedBy.push(worker);
  }
  return { runBy, migratedBy, validatedBy };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
