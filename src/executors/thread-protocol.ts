import type { MessageLimits } from "../wire/limits.js";
import type { Progress } from "../wire/notices.js";
import type { PlainError } from "./plain-error.js";

/** What every thread of a pool is given when it starts. */
export interface ThreadSetup {
  readonly modules: ThreadModules;
  readonly limits: MessageLimits;
  readonly cells: Int32Array;
  /** After how many tasks the thread asks to be replaced; 0 for never. */
  readonly maxTasks: number;
  /** Of the levels of the worker's logger: those that are written. */
  readonly logLevels: readonly string[];
}

/** Where a thread finds what to run, as `file:` URLs. */
export interface ThreadModules {
  readonly dispatch: string;
  readonly handlers: string | undefined;
}

/** What the loop asks of a thread. */
export type ThreadRequest =
  /** Load the modules, and say what they hold. */
  { readonly kind: "load" } | RunRequest;

export interface RunRequest {
  readonly kind: "run";
  /** The message; as text of a character a byte where it is short, for that is cheaper to hand over than a buffer. */
  readonly body: Uint8Array | string;
  readonly queue: string;
  readonly mark: number;
}

/** What the thread answers: always plain data, for an answer that cannot be cloned would end the thread. */
export type ThreadReply = (
  | { readonly kind: "loaded"; readonly tasks: readonly LoadedTask[] }
  | { readonly kind: "returned"; readonly results: string }
  | { readonly kind: "threw" | "unfit-message" | "unfit-results" | "not-loaded"; readonly error: PlainError }
  /** The loop has taken the task back before it began here, or this thread is to be replaced and begins nothing more. */
  | { readonly kind: "not-begun" }
) & {
  /** The thread is to be replaced: it has run its tasks, or something in it went wrong. */
  readonly retire?: true;
  /** How far the task had come, where that has not been told yet. */
  readonly progress?: Progress;
};

export interface LoadedTask {
  readonly name: string;
  readonly hash: string;
}

/** What a thread tells in between: a line for the worker's log, and how far the task with that mark has come. */
export type ThreadMessage = ThreadLine | { readonly kind: "progress"; readonly mark: number; readonly progress: Progress };

export interface ThreadLine {
  readonly kind: "line";
  readonly level: "debug" | "info" | "warn" | "error";
  readonly fields: Record<string, unknown>;
  readonly message: string;
}
