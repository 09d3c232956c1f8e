export interface BackoffOptions {
  /** The longest wait after the first failure, in milliseconds. */
  readonly baseMs: number;
  /** The longest wait at all, in milliseconds. */
  readonly maxMs: number;
  /** From 0 up to, not including, 1. Default `Math.random`. */
  readonly random?: () => number;
}

/**
 * How long to wait before trying again, in milliseconds: exponential with full jitter, that is anything from 0 to
 * `min(maxMs, baseMs * 2^failures)`. The jitter covers the whole range so that a thousand clients of one restarted server spread out.
 *
 * @param failures how many attempts have failed since the last success, less one: 0 after the first failure
 */
export function backoffMs(failures: number, { baseMs, maxMs, random = Math.random }: BackoffOptions): number {
  return Math.floor(random() * Math.min(maxMs, baseMs * 2 ** failures));
}

/**
 * The smallest Fibonacci number above `start`: the next `RetryTimeout`, in seconds, of a task that is tried again (Machinery's
 * `retry.FibonacciNext`). 0 gives 1, 1 gives 2, 2 gives 3, 3 gives 5.
 */
export function nextFibonacci(start: number): number {
  let previous = 1;
  let number = 1;
  while (number <= start) [previous, number] = [number, previous + number];
  return number;
}
