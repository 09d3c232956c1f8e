/** A worker in a process of its own, whose task fails once. Arguments: its settings as JSON, and the file where each attempt leaves its number. */
import { appendFileSync } from "node:fs";
import { RetryLater, Server, silentLogger, taskContext } from "machinery-ts";
import * as handlers from "../../tasks/index.js";
import { dispatch } from "../worker/tutorial.js";

const [settings, file] = process.argv.slice(2) as [string, string];
const server = await Server.connect({ ...JSON.parse(settings), logger: silentLogger });
const worker = server.newWorker("w", {
  handlers: dispatch({
    ...handlers,
    split: (text) => {
      const { attempt } = taskContext();
      appendFileSync(file, `${attempt}`);
      if (attempt === 1) throw new RetryLater(300);
      return [text];
    },
  }),
});
await worker.start();
