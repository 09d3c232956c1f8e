/** The end of the year 9999, the last that RFC 3339 can write: milliseconds since the epoch. */
export const LATEST = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** When a signature is due, milliseconds since the epoch; `undefined`: at once. */
export function etaOf(signature: { options: { eta?: Date; delayMs?: number } }, now: number): number | undefined {
  const { eta, delayMs } = signature.options;
  return eta !== undefined ? eta.getTime() : delayMs === undefined ? undefined : now + delayMs;
}

/** A time as RFC 3339; one beyond the year 9999 becomes its end. */
export const etaText = (ms: number): string => new Date(Math.min(ms, LATEST)).toISOString();

/** The time of a message's ETA, whole milliseconds, rounded down; `undefined` for none and for Go's zero time (the year 1). */
export function etaMs(text: string | null | undefined): number | undefined {
  if (!text) return undefined;
  const ms = Date.parse(text);
  return ms > 0 ? ms : undefined;
}
