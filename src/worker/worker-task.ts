import type { Dispatch, DispatchEntry, Handler } from "../gen/v1/dispatcher.js";

/** A task type as a worker keeps it. */
export class WorkerTask implements DispatchEntry {
  /** The turn of the watchdog in which its handler was last called on the loop, or ended there; 0 for never. */
  lastTurn = 0;

  constructor(
    readonly definition: DispatchEntry["definition"],
    readonly handler: Handler,
    readonly older: DispatchEntry["older"],
  ) {}
}

export type WorkerTasks = ReadonlyMap<string, WorkerTask>;

export function workerTasks(dispatch: Dispatch): WorkerTasks {
  return new Map([...dispatch].map(([name, { definition, handler, older }]) => [name, new WorkerTask(definition, handler, older)]));
}
