import { createRequire } from "node:module";
import type { Logger as Pino } from "pino";
import { MachineryError } from "./errors.js";
import { redact, redactText } from "./util/redact.js";

/** Writes a line: fields and a message, or a message alone. */
export interface LogMethod {
  (fields: object, message?: string): void;
  (message: string): void;
}

/** What the library logs to. A pino logger is one; so is anything else with these five methods. */
export interface Logger {
  debug: LogMethod;
  info: LogMethod;
  warn: LogMethod;
  error: LogMethod;
  /** A logger that adds these fields to every line. */
  child(fields: Record<string, unknown>): Logger;
  /** Where a logger has it, the library asks before it puts a line together that may not be wanted. */
  isLevelEnabled?(level: string): boolean;
}

export const logLevels = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

const nothing: LogMethod = () => {};

/** Writes nothing. */
export const silentLogger: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  child: () => silentLogger,
  isLevelEnabled: () => false,
};

export interface LoggerOptions {
  /** The least level that is written. Defaults to `MACHINERY_LOG_LEVEL`, then `LOG_LEVEL`, then `info`. */
  readonly level?: LogLevel;
  /** Takes the lines, JSON each. Defaults to stderr, so that what a command prints on stdout stays clean. */
  readonly write?: (line: string) => void;
}

/**
 * The logger of a user who brings none: pino, JSON lines on stderr, secrets hidden. pino is loaded with the first line that is
 * written, so that a process with nothing to say does not pay for it.
 */
export function createLogger({ level = logLevelFromEnvironment(), write }: LoggerOptions = {}): Logger {
  if (level === "silent") return silentLogger;
  const least = logLevels.indexOf(level);
  let pino: Pino | undefined;
  const load = (): Pino => (pino ??= openPino(level, write));
  return lazy(load, (name) => logLevels.indexOf(name as LogLevel) >= least);
}

/** The same logger, which gets every line with the secrets hidden. */
export function withRedaction(logger: Logger): Logger {
  if (logger === silentLogger) return logger;
  return lazy(
    () => logger,
    (level) => logger.isLevelEnabled?.(level) ?? true,
  );
}

function lazy(load: () => Logger, enabled: (level: string) => boolean): Logger {
  const method =
    (level: "debug" | "info" | "warn" | "error"): LogMethod =>
    (first: object | string, message?: string) => {
      if (!enabled(level)) return;
      if (typeof first === "string") load()[level](redactText(first));
      else load()[level](redact(first) as object, message === undefined ? undefined : redactText(message));
    };
  return {
    debug: method("debug"),
    info: method("info"),
    warn: method("warn"),
    error: method("error"),
    child: (more) => {
      let child: Logger | undefined;
      return lazy(() => (child ??= load().child(redact(more) as Record<string, unknown>)), enabled);
    },
    isLevelEnabled: enabled,
  };
}

function openPino(level: LogLevel, write: ((line: string) => void) | undefined): Pino {
  // `require` and not `import`: the line that needs pino must be written before the process can end.
  const { pino } = createRequire(import.meta.url)("pino") as typeof import("pino");
  return pino({ level, base: { pid: process.pid } }, write === undefined ? pino.destination({ dest: 2, sync: true }) : { write });
}

/** `MACHINERY_LOG_LEVEL`, else `LOG_LEVEL`, else `info`. Throws `ERR_CONFIG` for a level that does not exist. */
export function logLevelFromEnvironment(): LogLevel {
  const level = (value: string | undefined): LogLevel | undefined => logLevels.find((known) => known === value?.toLowerCase());
  const own = process.env.MACHINERY_LOG_LEVEL;
  // LOG_LEVEL may be meant for another program, with levels of its own.
  if (own === undefined || own === "") return level(process.env.LOG_LEVEL) ?? "info";
  const known = level(own);
  if (known !== undefined) return known;
  throw new MachineryError("ERR_CONFIG", "there is no such log level.", {
    at: "MACHINERY_LOG_LEVEL",
    hint: `Known: ${logLevels.join(", ")}.`,
  });
}
