import type { TestFn } from "ava";
import { directions } from "./feature.js";
import { features } from "./features.js";
import { Fleet, type Urls } from "./fleet.js";
import type { GoVersion } from "./go-machinery.js";

/** Declares the tests of all features, in each direction, for one version of Go Machinery over one broker and one result backend. */
export function interopSuite(test: TestFn, version: GoVersion, urls: Urls): void {
  let fleet: Promise<Fleet> | undefined;
  test.before(async () => {
    fleet = Fleet.start(urls, version);
    await fleet;
  });
  test.after.always(async () => (await fleet)?.dispose());
  for (const { name, runs } of features) {
    for (const direction of directions) {
      const run = runs[direction];
      if (run !== undefined) test(`${name}: ${direction}`, async (t) => run(t, await fleet!));
    }
  }
}
