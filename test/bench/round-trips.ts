import { Server, silentLogger } from "machinery-ts";
import { dispatch, senders } from "../../generated/index.js";
import * as handlers from "../../tasks/index.js";
import type { Case } from "./measure.js";

/** Calls under way at once, and the worker's slots. */
const IN_FLIGHT = 500;

/** The handlers alone, called as often: what nothing but the handlers costs. */
export function bareLoop(count: number): Case {
  return {
    name: "bare loop over the handlers",
    count,
    async run(n) {
      for (let i = 0; i < n; i++) check(await handlers.add(1n, BigInt(i)), i);
    },
  };
}

/** From `send.add` to its result, sender and worker in this process: encode, validate, queue, decode, dispatch, every state. */
export async function roundTrips(name: string, url: string, count: number): Promise<Case & { close(): Promise<void> }> {
  const server = await Server.connect({ broker: url, resultBackend: url, logger: silentLogger, resultsExpireIn: 60 });
  const send = senders(server);
  const worker = server.newWorker("bench", { handlers: dispatch(handlers), concurrency: IN_FLIGHT });
  await worker.start();
  return {
    name,
    count,
    async run(n) {
      let next = 0;
      const lane = async (): Promise<void> => {
        while (next < n) {
          const i = next++;
          check(await (await send.add(1n, BigInt(i))).get(), i);
        }
      };
      await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
    },
    close: () => server.close(),
  };
}

/** Every result is looked at: a rate of wrong answers is no rate. */
function check(sum: bigint, i: number): void {
  if (sum !== BigInt(i + 1)) throw new Error(`add(1, ${i}) gave ${sum}`);
}
