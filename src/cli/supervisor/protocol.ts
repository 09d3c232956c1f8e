/** What a supervisor and its processes tell each other. */

/** From the supervisor: take nothing more, finish, and end. A signal would do, but a second one means something else. */
export const STOP = { machinery: "stop" } as const;

/** From the process: it takes tasks from now on. */
export const STARTED = { machinery: "started" } as const;

export function isStop(message: unknown): boolean {
  return isRecord(message) && message.machinery === STOP.machinery;
}

export function isStarted(message: unknown): boolean {
  return isRecord(message) && message.machinery === STARTED.machinery;
}

function isRecord(message: unknown): message is Readonly<Record<string, unknown>> {
  return typeof message === "object" && message !== null;
}
