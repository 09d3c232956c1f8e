import { parentPort } from "node:worker_threads";
import type { Logger, LogMethod } from "../logger.js";
import { toPlainError } from "./plain-error.js";
import type { ThreadLine } from "./thread-protocol.js";

/** A logger whose lines are written by the worker that the thread belongs to. */
export function threadLogger(levels: readonly string[], bound: Record<string, unknown> = {}): Logger {
  const method =
    (level: ThreadLine["level"]): LogMethod =>
    (first: object | string, message?: string) => {
      if (!levels.includes(level)) return;
      if (typeof first === "string") tell({ kind: "line", level, fields: bound, message: first });
      else tell({ kind: "line", level, fields: { ...bound, ...first }, message: message ?? "" });
    };
  return {
    debug: method("debug"),
    info: method("info"),
    warn: method("warn"),
    error: method("error"),
    child: (fields) => threadLogger(levels, { ...bound, ...fields }),
    isLevelEnabled: (level) => levels.includes(level),
  };
}

function tell(line: ThreadLine): void {
  try {
    parentPort?.postMessage(line);
  } catch {
    // A field that cannot be cloned goes as text.
    const fields = Object.entries(line.fields).map(([name, value]) => [name, asText(value)]);
    parentPort?.postMessage({ ...line, fields: Object.fromEntries(fields) });
  }
}

function asText(value: unknown): unknown {
  if (value instanceof Error) return toPlainError(value);
  try {
    return structuredClone(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}
