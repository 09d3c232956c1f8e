import { Cron } from "croner";
import { MachineryError } from "../errors.js";

const every = /^@every\s+((?:\d+(?:\.\d+)?(?:ms|s|m|h))+)$/;
const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** When something is due, again and again: the same times in every process. All times are milliseconds since the epoch. */
export interface Schedule {
  /** The first time after `time`; `undefined` where none follows. */
  next(time: number): number | undefined;
  /** The last time before `time`; `undefined` where there was none. */
  previous(time: number): number | undefined;
}

/**
 * Reads a cron expression of five fields (minute, hour, day of the month, month, day of the week), of six with seconds first, a name such
 * as `@daily`, or Go's `@every 1h30m`, which counts from the epoch on.
 *
 * @param timeZone an IANA name. Default: the process's
 * @param at what it belongs to, for messages
 * @throws MachineryError `ERR_CONFIG`
 */
export function parseSchedule(spec: string, timeZone: string | undefined, at: string): Schedule {
  const period = every.exec(spec.trim())?.[1];
  if (period !== undefined) return parsePeriod(period, at);
  try {
    const cron = new Cron(spec, { paused: true, ...(timeZone !== undefined && { timezone: timeZone }) });
    const next = (time: number) => cron.nextRun(new Date(time))?.getTime();
    // Croner finds out about a time zone when it first needs it.
    next(0);
    return { next, previous: (time) => cron.previousRuns(1, new Date(time))[0]?.getTime() };
  } catch (error) {
    const hint =
      "Write minute, hour, day, month and day of the week, as in 30 4 * * 1-5, or @every 10m; a time zone as in Europe/Paris.";
    throw new MachineryError("ERR_CONFIG", `no schedule: ${(error as Error).message.replace(/\.?$/, ".")}`, {
      at,
      hint,
      cause: error,
    });
  }
}

function parsePeriod(text: string, at: string): Schedule {
  let ms = 0;
  for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) ms += Number(number) * units[unit!]!;
  if (ms < 1_000)
    throw new MachineryError("ERR_CONFIG", "a period of less than a second is none.", { at, hint: "Write @every 1s or more." });
  return { next: (time) => (Math.floor(time / ms) + 1) * ms, previous: (time) => (Math.ceil(time / ms) - 1) * ms };
}
