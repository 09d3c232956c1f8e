import { spawn } from "node:child_process";
import { once } from "node:events";
import { Server, silentLogger } from "machinery-ts";
import { senders } from "../../generated/index.js";
import type { Bench } from "./bench.js";
import { file } from "./place.js";

/** From the start of `machinery worker` to the result of the task that waits for it. */
export async function startUps(bench: Bench): Promise<void> {
  const place = await file();
  const server = await Server.connect({ broker: place.broker, logger: silentLogger });
  const send = senders(server);
  const title = "From the start of machinery worker to the result of a task that waits for it";
  await bench.compareBy({ name: "start-up", title, unit: "ms" }, [{ name: "machinery-ts", count: 1 }], async () => {
    const sum = await send.add(1n, 1n);
    const start = process.hrtime.bigint();
    const worker = spawn(process.execPath, ["dist/src/cli/main.js", "worker", "--broker", place.broker], { stdio: "ignore" });
    if ((await sum.get({ timeoutMs: 30_000 })) !== 2n) throw new Error("add(1, 1) is not 2");
    const ms = Number(process.hrtime.bigint() - start) / 1e6;
    const gone = once(worker, "exit");
    worker.kill("SIGTERM");
    await gone;
    return ms;
  });
  await server.close();
  await place.close();
}
