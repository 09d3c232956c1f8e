import type { Progress } from "../wire/notices.js";
import type { GetOptions } from "./get-options.js";

/** A caller's `onProgress`, and the wait that it belongs to: what the one throws ends the other. */
export class Onlooker {
  /** What to wait with. */
  readonly rest: GetOptions;
  /** What it threw. */
  failure: { readonly error: unknown } | undefined;
  readonly #onProgress: (progress: Progress) => void;
  readonly #enough = new AbortController();

  constructor({ signal, timeoutMs }: GetOptions, onProgress: (progress: Progress) => void) {
    const enough = this.#enough.signal;
    this.#onProgress = onProgress;
    this.rest = {
      signal: signal ? AbortSignal.any([signal, enough]) : enough,
      ...(timeoutMs !== undefined && { timeoutMs }),
    };
  }

  readonly hear = (progress: Progress): void => {
    if (this.#enough.signal.aborted) return;
    try {
      this.#onProgress(progress);
    } catch (error) {
      this.failure = { error };
      this.#enough.abort();
    }
  };
}
