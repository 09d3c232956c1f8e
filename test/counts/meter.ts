/** What was counted until now. */
export interface Counts {
  /** Commands or frames to the server, transactions, or calls. */
  readonly commands: number;
  /** To the server and from it; 0 where there is none. */
  readonly bytes: number;
}

/** Counts what a broker and a result backend are asked for. */
export interface Meter {
  read(): Counts;
}

/** What was counted for each of so many tasks. */
export function perTask(before: Counts, after: Counts, tasks: number): Counts {
  return { commands: (after.commands - before.commands) / tasks, bytes: (after.bytes - before.bytes) / tasks };
}
