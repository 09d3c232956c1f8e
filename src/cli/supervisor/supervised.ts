import { isStop, STARTED } from "./protocol.js";

/** A process's line to its supervisor. */
export interface Supervised {
  /** Says that it takes tasks. */
  started(): void;
}

/**
 * Listens to the supervisor. Where that is gone, even by `kill -9`, nobody would stop or replace this process any more: it stops too.
 *
 * @param stop ends this process in order; may be called more than once
 */
export function listenToSupervisor(stop: (reason: "asked" | "orphaned") => void): Supervised {
  process.on("message", (message) => {
    if (isStop(message)) stop("asked");
  });
  process.on("disconnect", () => stop("orphaned"));
  if (!process.connected) stop("orphaned");
  return {
    started: () => {
      if (process.connected) process.send?.(STARTED, () => {});
    },
  };
}
