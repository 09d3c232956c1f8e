import { type Logger, type LogMethod, logLevelFromEnvironment, logLevels } from "../logger.js";
import { systemClock } from "../util/clock.js";
import { paint, printable } from "./terminal.js";

const colours = { debug: "gray", info: "green", warn: "yellow", error: "red" } as const;

/** Logs for people: a line each, the time, the level where it matters, the message, then its fields as `name=value`. */
export function readableLogger(stream: NodeJS.WriteStream, bound: Readonly<Record<string, unknown>> = {}): Logger {
  const least = logLevels.indexOf(logLevelFromEnvironment());
  const method = (level: keyof typeof colours): LogMethod => {
    const isShown = logLevels.indexOf(level) >= least;
    return (first: object | string, message?: string) => {
      if (!isShown) return;
      const fields = typeof first === "string" ? bound : { ...bound, ...first };
      const text = typeof first === "string" ? first : (message ?? "");
      const time = new Date(systemClock.now()).toTimeString().slice(0, 8);
      const line = [paint(stream, "gray", time), paint(stream, colours[level], level.padEnd(5)), text, ...shown(fields, stream)];
      stream.write(`${line.join(" ")}\n`);
    };
  };
  return {
    debug: method("debug"),
    info: method("info"),
    warn: method("warn"),
    error: method("error"),
    child: (fields) => readableLogger(stream, { ...bound, ...fields }),
    isLevelEnabled: (level) => logLevels.indexOf(level as (typeof logLevels)[number]) >= least,
  };
}

function shown(fields: Readonly<Record<string, unknown>>, stream: NodeJS.WriteStream): string[] {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${paint(stream, "gray", `${name}=`)}${printable(textOf(value), stream)}`);
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(",");
  if (typeof value !== "object" || value === null) return String(value);
  const { message } = value as { message?: unknown };
  return typeof message === "string" ? message : JSON.stringify(value);
}
