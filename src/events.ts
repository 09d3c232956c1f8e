import { channel } from "node:diagnostics_channel";

/**
 * What happens, as named events on `node:diagnostics_channel`: free while nobody listens. Tests wait for them instead of sleeping;
 * users may subscribe, for metrics say. Each message is an object with the fields named here.
 */
export const events = {
  /** `{ worker, queues }`: the worker takes messages from now on. */
  workerStarted: channel("machinery-ts:worker:started"),
  /** `{ worker, released }`: it has stopped; how many unfinished tasks went back to their queues. */
  workerStopped: channel("machinery-ts:worker:stopped"),
  /** `{ uuid, name, queue, attempt }`: its handler is about to be called. */
  taskStarted: channel("machinery-ts:task:started"),
  /** `{ uuid, name, state, error }`: its terminal state is stored, what follows is sent, and its message is settled. */
  taskEnded: channel("machinery-ts:task:ended"),
  /** `{ uuid, name, until, error }`: it will run again, at `until` (milliseconds since the epoch). */
  taskRetried: channel("machinery-ts:task:retried"),
  /** `{ uuid, name, until }`: no handler knows it; it waits for a worker that does. */
  taskUnknown: channel("machinery-ts:task:unknown"),
  /** `{ worker, ms, tasks, running }`: the event loop was blocked that long; which tasks began or ended meanwhile, and which others ran. */
  loopBlocked: channel("machinery-ts:loop:blocked"),
  /** `{ queue, reason }`: a message was put aside. */
  messageDead: channel("machinery-ts:message:dead"),
  /** `{ name, due }`: a periodic task or workflow was sent by this process; when it was due (milliseconds since the epoch). */
  periodicFired: channel("machinery-ts:periodic:fired"),
  /** `{ name, dues, error }`: a periodic task or workflow was sent by nobody at these times, and will not be. */
  periodicMissed: channel("machinery-ts:periodic:missed"),
} as const;
