import type { TestFn } from "ava";
import { findGo } from "../services/go.js";
import { skipping } from "../services/service.js";

/**
 * AVA's `test`, for tests that need Go: where there is none it skips them and says why, and in continuous integration this call
 * rejects.
 */
export async function goTest(test: TestFn): Promise<TestFn> {
  return (await findGo()) === undefined ? skipping({ missing: "no Go here: put its go command on the PATH" }) : test;
}
