/** What the ledger knows of one task. */
export interface TaskRecord {
  /** How its sending ended; `sending`: the sender has not said, for it died or is still at it. `none`: nobody sent it, it follows another. */
  sent: "none" | "sending" | "ok" | "ambiguous" | "failed";
  /** When its sender was told how its sending ended, milliseconds since the epoch. */
  sentAt?: number;
  starts: number;
  ends: number;
  /** When the last of them was heard of, milliseconds since the epoch. */
  endedAt?: number;
  /** How many runs ended after another one of the task had begun. */
  overlaps: number;
  /** Insert-if-absent: how many times the task asked, of which the first one counted. */
  effects: number;
  /** What the first run that told was called with. */
  args?: unknown;
  /** Notes of its runs: `aborted`, `settled`. */
  notes: string[];
  /** How long each run whose process died was without a successor, in milliseconds. */
  pickUps: number[];
}

/** Jepsen's total-queue, for tasks: what became of all that was sent. */
export interface Account {
  /** Sends begun. */
  readonly attempted: number;
  /** Sends that were confirmed. */
  readonly acknowledged: number;
  /** Tasks that ran at least once. */
  readonly executed: number;
  /** Sends that were not confirmed, of tasks that ran all the same. */
  readonly recovered: number;
  /** Confirmed, and never ended. */
  readonly lost: readonly string[];
  /** Ended as SUCCESS without having run. */
  readonly imagined: readonly string[];
  /** Runs beyond the first of each task. */
  readonly duplicated: number;
  /** Ran, though nobody sent them. */
  readonly unexpected: readonly string[];
  /** Ended as SUCCESS, though their effect was not taken down. */
  readonly ineffective: readonly string[];
  /** Tasks that ran twice at the same time, in processes that were both alive. */
  readonly overlapping: readonly string[];
}

export interface Ends {
  /** Tasks that have to run because confirmed ones have ended. */
  readonly follows: ReadonlySet<string>;
  /** Tasks that may run because others have ended. */
  readonly known: ReadonlySet<string>;
  /** Tasks with a terminal state. */
  readonly ended: ReadonlySet<string>;
  /** Those of them with SUCCESS. */
  readonly succeeded: ReadonlySet<string>;
}

export function settleAccount(tasks: ReadonlyMap<string, TaskRecord>, { follows, known, ended, succeeded }: Ends): Account {
  const account = { attempted: 0, acknowledged: 0, executed: 0, recovered: 0, duplicated: 0 };
  const lost = [...follows].filter((uuid) => !ended.has(uuid));
  const unexpected: string[] = [];
  const ineffective: string[] = [];
  const overlapping: string[] = [];
  for (const [uuid, { sent, starts, effects, overlaps }] of tasks) {
    if (sent !== "none") account.attempted++;
    if (sent === "ok") account.acknowledged++;
    if (starts > 0) account.executed++;
    if (starts > 0 && sent !== "none" && sent !== "ok") account.recovered++;
    if (sent === "ok" && !ended.has(uuid)) lost.push(uuid);
    if (sent === "none" && !known.has(uuid)) unexpected.push(uuid);
    if (succeeded.has(uuid) && starts > 0 && effects === 0) ineffective.push(uuid);
    account.duplicated += Math.max(starts - 1, 0);
    if (overlaps > 0) overlapping.push(uuid);
  }
  const imagined = [...succeeded].filter((uuid) => !tasks.get(uuid)?.starts);
  return { ...account, lost, imagined, unexpected, ineffective, overlapping };
}
