/**
 * A worker in a process of its own, for the tests of signals. Arguments: `stubborn` (the task goes on in spite of its signal) or
 * `obedient`, and `no-signals` where signals are to be left alone. It says "started" once its task runs, and ends the task when told.
 */
import { Server, silentLogger, taskContext } from "machinery-ts";
import { senders } from "../../generated/index.js";
import * as handlers from "../../tasks/index.js";
import { dispatch } from "./tutorial.js";

const [manner, ...flags] = process.argv.slice(2);
const noUnixSignals = flags.includes("no-signals");
if (noUnixSignals) process.on("SIGTERM", () => process.send!("the program's own listener"));
await using server = await Server.connect({ broker: "memory:", logger: silentLogger, noUnixSignals });
const sent = await senders(server).split("a");
const worker = server.newWorker("w", {
  graceMs: manner === "obedient" ? 0 : 3_600_000,
  handlers: dispatch({
    ...handlers,
    split: async (text) => {
      const { signal } = taskContext();
      const told = new Promise((resolve) => process.once("message", resolve));
      const aborted = new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      process.send!("started");
      await (manner === "stubborn" ? told : Promise.race([told, aborted]));
      return [text];
    },
  }),
});
await worker.launch();
process.send!(`launch ended, the task is ${(await sent.getState()).state}`);
process.disconnect();
