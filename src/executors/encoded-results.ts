/**
 * What a task on a thread has returned, encoded there: the JSON array `Results`. A middleware gets it from `next`, and hands it on, or
 * returns a value in its place.
 */
export class EncodedResults {
  constructor(readonly json: string) {}
}

/** The message is not one that its task can be run with; found out on the thread, which decodes the arguments. */
export class UnfitMessage extends Error {
  constructor(override readonly cause: Error) {
    super(cause.message);
  }
}

/** The handler has done its work and returned what the contract does not allow. */
export class UnfitResults extends Error {
  constructor(override readonly cause: Error) {
    super(cause.message);
  }
}
