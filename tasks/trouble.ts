import { setTimeout as sleep } from "node:timers/promises";
import { taskContext } from "machinery-ts";
import type { Handlers } from "../generated/index.js";

export const panic_task: Handlers["panic_task"] = () => {
  throw new Error("oops");
};

export const fail: Handlers["fail"] = (message) => {
  throw new Error(message);
};

/** Ten seconds of waiting; it ends early where its worker stops and cannot wait so long. */
export const long_running_task: Handlers["long_running_task"] = async () => {
  const { logger, progress, signal } = taskContext();
  for (let second = 1; second <= 10; second++) {
    await sleep(1000, undefined, { signal });
    progress(second, 10);
    logger.info(`long running task: ${second} of 10 s`);
  }
};
