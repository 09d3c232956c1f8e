import assert from "node:assert/strict";
import type { Assertions, TestFunction } from "machinery-ts/testing/conformance";

const assertions: Assertions = {
  is: (actual, expected, message) => assert.ok(Object.is(actual, expected), message),
  deepEqual: (actual, expected, message) => assert.deepEqual(actual, expected, message),
  true: (actual, message) => assert.equal(actual, true, message),
};

/** Collects the tests that a suite registers, to run them one by one where a failing test is what is looked for. */
export class Recorder {
  readonly #tests = new Map<string, (t: Assertions) => Promise<void>>();

  readonly test: TestFunction = (title, body) => {
    assert.ok(!this.#tests.has(title), `two tests are called "${title}"`);
    this.#tests.set(title, body);
  };

  get titles(): string[] {
    return [...this.#tests.keys()];
  }

  /** Runs one test; rejects as it fails. */
  run(title: string): Promise<void> {
    const body = this.#tests.get(title);
    assert.ok(body, `no test is called "${title}"`);
    return body(assertions);
  }
}
