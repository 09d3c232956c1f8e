import type { ExecutionContext } from "ava";
import ava from "ava";
import { service } from "../services/service.js";
import { directions, type Run } from "./feature.js";
import { features } from "./features.js";
import { Fleet } from "./fleet.js";
import { GoError } from "./go-machinery.js";
import { goTest } from "./go-test.js";
import type { Fault, Pair } from "./pairs.js";

/** Declares the tests of all features, in each direction. Where one of the servers, or Go, is missing they are skipped. */
export async function interopSuite({ broker, backend, version, faults }: Pair): Promise<void> {
  const [ofBroker, ofBackend] = [await service(broker), await service(backend)];
  const lacking = [ofBroker, ofBackend].find(({ url }) => url === "");
  const test = await goTest(lacking?.test ?? ava);
  let fleet: Promise<Fleet> | undefined;
  test.before(async () => {
    fleet = Fleet.start({ broker: ofBroker.url, backend: ofBackend.url }, version);
    await fleet;
  });
  test.after.always(async () => (await fleet)?.dispose());
  for (const { name, runs } of features) {
    for (const direction of directions) {
      const run = runs[direction];
      if (run === undefined) continue;
      const fault = faults.find((one) => one.feature === name && one.direction === direction);
      if (fault === undefined) test(`${name}: ${direction}`, async (t) => run(t, await fleet!));
      else test(`${name}: ${direction}, and Go cannot`, async (t) => spoilt(t, await fleet!, run, fault));
    }
  }
}

/** A feature that Go spoils: by an error to who waits, or with a line in its worker's log and no end to the waiting. */
async function spoilt(t: ExecutionContext, fleet: Fleet, run: Run, fault: Fault): Promise<void> {
  if (fault.direction === "Go sends, TypeScript works") {
    await t.throwsAsync(run(t, fleet), { instanceOf: GoError, message: fault.error });
    return;
  }
  // The Go worker starts anew over such an error and drops what it has taken: it must not be the one of the other tests.
  const queue = fleet.newQueue();
  const go = await fleet.newGo(t, queue);
  await go.work();
  await fleet.server.sendTask(fault.task.with({ queue }) as never);
  t.regex(await go.hasLogged(fault.log), fault.log);
}
