/**
 * What the library adds to a message travels in the signature's Headers: a Go worker that retries or delays a task keeps these and
 * drops any other field it does not know.
 */
export const header = {
  /** A string: the hash of the task's part of the contract that the sender was built with. */
  contract: "x-machinery-contract",
  /** A number: which attempt of the task this message is. Absent: the first, 1. */
  attempt: "x-machinery-attempt",
  /** An array of strings: the errors of the attempts before this one, the last ones of them. */
  errors: "x-machinery-errors",
  /** A number, on a callback: how many milliseconds after the task before it has ended it is due. */
  delayMs: "x-machinery-delay-ms",
  /** `run`, on a chord's callback: it is to be sent even where members have failed. */
  onFailure: "x-machinery-on-failure",
} as const;
