import type { Route } from "./topology.js";

/** Where to publish a message that is to reach a route later. */
export interface Detour {
  readonly exchange: string;
  readonly routingKey: string;
  /** The message's own time to live, where its queue does not say. */
  readonly expiration?: number;
  readonly restore: () => Promise<void>;
}

/** A way to keep messages until they are due. */
export interface Delays {
  /** The longest that it can keep a message, in milliseconds. */
  readonly longestMs: number;
  /** @param ms at least 1, at most `longestMs` */
  detour(route: Route, ms: number): Promise<Detour>;
  /** A connection is new: what was declared may be gone. */
  forget(): void;
}
