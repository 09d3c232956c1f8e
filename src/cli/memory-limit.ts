import type { Clock } from "../util/clock.js";

/** The exit code of a worker that has stopped in order and is to be started again. */
export const RESTART_CODE = 3;

const MIB = 2 ** 20;
const LOOK_EVERY_MS = 1000;

/**
 * Looks once a second how much memory this process takes, threads and buffers with it (its resident set).
 *
 * @param onAbove told once, in MiB, when it is more than the limit
 */
export function watchMemory(limitMb: number, clock: Clock, onAbove: (mb: number) => void): void {
  const look = (): void => {
    const mb = Math.round(process.memoryUsage.rss() / MIB);
    if (mb > limitMb) onAbove(mb);
    else clock.after(LOOK_EVERY_MS, look);
  };
  clock.after(LOOK_EVERY_MS, look);
}
