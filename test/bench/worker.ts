/** A worker in a process of its own: `fork`ed with the URL and its slots; it says when it is ready, and goes with its parent. */
import { Server, silentLogger } from "machinery-ts";
import * as handlers from "../../tasks/index.js";
import { dispatch } from "../worker/tutorial.js";

const [url, slots] = process.argv.slice(2);
const server = await Server.connect({ broker: url!, logger: silentLogger, resultsExpireIn: 60 });
await server.newWorker("bench", { handlers: dispatch(handlers), concurrency: Number(slots) }).start();
process.on("disconnect", () => void server.close());
process.send?.("ready");
