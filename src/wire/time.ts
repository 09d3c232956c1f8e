const pattern = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:Z|([+-])(\d{2}):(\d{2}))$/;

/** An RFC 3339 time in nanoseconds since the epoch (Go's UnixNano, without its bounds); `undefined` if it is none. */
export function parseTime(text: string): bigint | undefined {
  const match = pattern.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second, fraction = "", sign, zoneHours, zoneMinutes] = match;
  // The engine takes 30 February and 24:00, and goes on to the next day; Go takes neither.
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(ms) || new Date(ms).getUTCDate() !== Number(day)) return undefined;
  const zone = Number(zoneHours ?? 0) * 60 + Number(zoneMinutes ?? 0);
  if (Number(zoneHours ?? 0) > 23 || Number(zoneMinutes ?? 0) > 59) return undefined;
  const utc = ms - (sign === "-" ? -zone : zone) * 60_000;
  return BigInt(utc) * 1_000_000n + BigInt(fraction.padEnd(9, "0"));
}

/** The end of the year 9999, the last time that RFC 3339 can write: milliseconds since the epoch. */
export const LATEST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

let lastMs = 0;
let lastText = "1970-01-01T00:00:00.000Z";

/** Milliseconds since the epoch as RFC 3339, in UTC; a time beyond the year 9999 becomes its end. */
export function rfc3339(ms: number): string {
  // The same millisecond is asked for again and again.
  if (ms !== lastMs) {
    lastText = new Date(Math.min(ms, LATEST_MS)).toISOString();
    lastMs = ms;
  }
  return lastText;
}

/**
 * When a message with this ETA is due, in whole milliseconds since the epoch, rounded up so that it never runs early. `undefined`
 * at once: there is no ETA, it is none, or it is the year 1, Go's zero time.
 */
export function dueMs(eta: string | null | undefined): number | undefined {
  if (!eta || eta.startsWith("0001-")) return undefined;
  const time = parseTime(eta);
  if (time === undefined) return undefined;
  const ms = time / 1_000_000n;
  return Number(ms * 1_000_000n < time ? ms + 1n : ms);
}
