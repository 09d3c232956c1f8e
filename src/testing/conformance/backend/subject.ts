import type { Backend, BackendCapabilities } from "../../../backends/backend.js";

/** A backend adapter as the suite sees it. */
export interface BackendSubject {
  /** Stands in every title and id. */
  readonly name: string;
  /** What the adapter declares, and is held to. */
  readonly capabilities: BackendCapabilities;
  /** The time to live, and the lease, of what a test lets run out, in milliseconds: short where time cannot be driven. */
  readonly ttlMs: number;
  /** How long a test waits for what must come, in real milliseconds. Default 10,000. */
  readonly patienceMs?: number;
  /** Sets the stage for one test. */
  open(namespace: string): Promise<BackendStage>;
}

/** A store of one test's own, or a part of one: ids are unique anyway. The suite closes every backend it connects. */
export interface BackendStage {
  /** Connects to the stage's store, once more with every call. */
  connect(): Promise<Backend>;
  /** Milliseconds since the epoch, by the clock that the backend goes by. */
  now(): number;
  /** Lets at least `ms` milliseconds pass, by moving the clock or by waiting. */
  elapse(ms: number): Promise<void>;
  close?(): Promise<void>;
}
