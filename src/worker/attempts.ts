import { decodeState } from "../wire/state.js";
import { isTerminalJson } from "../wire/state-text.js";

/**
 * What a state that is not the last one says of its attempt, as if it were a result: every backend keeps those. Only where the broker
 * cannot put the next attempt in the place of this one in one step, and so may bring this one again.
 */
export function attemptNote(attempt: number): string | null {
  return attempt > 1 ? `[{"Type":"int64","Value":${attempt}}]` : null;
}

/** Whether the task has got beyond that attempt, by what is stored of it. */
export function isOutdated(stored: string | null, uuid: string, attempt: number): boolean {
  if (stored === null || isTerminalJson(stored)) return false;
  try {
    return Number(decodeState(stored, uuid).Results?.[0]?.Value ?? 1) > attempt;
  } catch {
    return false;
  }
}
