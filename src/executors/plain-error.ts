import { errorText } from "../util/error-text.js";

/**
 * An error as plain data, for the way between threads: there, a class does not survive, nor do properties, and what is no Error at all
 * may not arrive.
 */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  /** Of a RetryLater. */
  readonly delayMs?: number;
  readonly stack?: string;
}

const MAX_STACK = 8192;

export function toPlainError(thrown: unknown): PlainError {
  const message = errorText(thrown);
  try {
    if (thrown instanceof Error) {
      const { name, code, delayMs, stack } = thrown as Error & { readonly code?: unknown; readonly delayMs?: unknown };
      return {
        name: String(name),
        message,
        ...(typeof code === "string" && { code }),
        ...(typeof delayMs === "number" && { delayMs }),
        ...(typeof stack === "string" && { stack: stack.slice(0, MAX_STACK) }),
      };
    }
  } catch {
    // Its properties cannot be read; the text says so.
  }
  return { name: "Error", message };
}

/** An Error with what is left of the other one: its name, its text, its code and, for `RetryLater`, its delay. */
export function fromPlainError({ message, stack, ...rest }: PlainError): Error {
  const error = Object.assign(new Error(message), rest);
  for (const key of ["name", "stack"] as const) {
    const value = key === "name" ? rest.name : stack;
    Object.defineProperty(error, key, {
      value: value ?? `${rest.name}: ${message}`,
      enumerable: false,
      writable: true,
      configurable: true,
    });
  }
  return error;
}
