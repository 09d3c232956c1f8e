/**
 * The part of AVA's `test` that the suites use, so that this package needs no test runner. Another runner fits with a few lines:
 * a failed assertion must throw.
 */
export type TestFunction = (title: string, body: (t: Assertions) => Promise<void>) => void;

export interface Assertions {
  is(actual: unknown, expected: unknown, message?: string): unknown;
  deepEqual(actual: unknown, expected: unknown, message?: string): unknown;
  true(actual: unknown, message?: string): unknown;
}

/** Asserts that the promise rejects with a `MachineryError` of that code. */
export async function rejectsWith(t: Assertions, code: string, promise: Promise<unknown>): Promise<void> {
  const outcome = await promise.then(
    () => "it resolved",
    (error: { code?: unknown }) => error.code,
  );
  t.is(outcome, code);
}
