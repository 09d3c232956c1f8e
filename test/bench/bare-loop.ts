import * as handlers from "../../tasks/index.js";
import type { Case } from "./measure.js";

/** The handlers alone, called as often: what nothing but the handlers costs. */
export function bareLoop(count: number): Case {
  return {
    name: "calling the handler",
    count,
    async run(n) {
      for (let i = 0; i < n; i++) {
        const sum = await handlers.add(1n, BigInt(i));
        if (sum !== BigInt(i + 1)) throw new Error(`add(1, ${i}) gave ${sum}`);
      }
    },
  };
}
