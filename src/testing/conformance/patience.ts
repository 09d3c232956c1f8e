import { delay, systemClock } from "../../util/clock.js";

/** What a test waits for at most, in real milliseconds: far more than a sound adapter needs, so that only a hang meets it. */
export const defaultPatienceMs = 10_000;

/** The time is counted in this many parts, so that a machine that stands still for a while uses up one of them, not all. */
const parts = 20;

/** Rejects if the promise has not settled within `ms` of real time. */
export async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  const settled = new AbortController();
  const tooLate = async (): Promise<T> => {
    for (let part = 0; part < parts && !settled.signal.aborted; part++) {
      await delay(systemClock, ms / parts, settled.signal, true);
    }
    if (settled.signal.aborted) return promise;
    throw new Error(`${what} did not come within ${ms} ms.`);
  };
  try {
    return await Promise.race([promise, tooLate()]);
  } finally {
    settled.abort();
  }
}
