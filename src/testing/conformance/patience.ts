import { delay, systemClock } from "../../util/clock.js";

/** What a test waits for at most, in real milliseconds: far more than a sound adapter needs, so that only a hang meets it. */
export const defaultPatienceMs = 10_000;

/** Rejects if the promise has not settled within `ms` of real time. */
export async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  const settled = new AbortController();
  const tooLate = delay(systemClock, ms, settled.signal, true).then(() => {
    if (!settled.signal.aborted) throw new Error(`${what} did not come within ${ms} ms.`);
    return promise;
  });
  try {
    return await Promise.race([promise, tooLate]);
  } finally {
    settled.abort();
  }
}
