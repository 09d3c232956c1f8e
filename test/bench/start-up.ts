import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Server, silentLogger } from "machinery-ts";
import { senders } from "../../generated/index.js";

/** From the start of `machinery worker` to the result of the task that waits for it: milliseconds, ascending. */
export async function startUps(repetitions: number): Promise<number[]> {
  const folder = await mkdtemp(join(tmpdir(), "machinery-bench-"));
  const url = `file:${folder}`;
  const server = await Server.connect({ broker: url, logger: silentLogger });
  const send = senders(server);
  const times: number[] = [];
  for (let i = -1; i < repetitions; i++) {
    const sum = await send.add(1n, 1n);
    const start = process.hrtime.bigint();
    const worker = spawn(process.execPath, ["dist/src/cli/main.js", "worker", "--broker", url], { stdio: "ignore" });
    if ((await sum.get({ timeoutMs: 30_000 })) !== 2n) throw new Error("add(1, 1) is not 2");
    if (i >= 0) times.push(Number(process.hrtime.bigint() - start) / 1e6);
    const gone = once(worker, "exit");
    worker.kill("SIGTERM");
    await gone;
  }
  await server.close();
  await rm(folder, { recursive: true });
  return times.sort((a, b) => a - b);
}
