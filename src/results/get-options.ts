import type { Progress } from "../wire/notices.js";

/** How to wait for a result. */
export interface GetOptions {
  /** How long to wait, in milliseconds. Default: as long as the result would be kept (`resultsExpireIn`). */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /**
   * Told how far the task has come, as often as it says so and from now on, where the broker carries `notices`. What it throws ends the
   * wait.
   */
  readonly onProgress?: (progress: Progress) => void;
}
