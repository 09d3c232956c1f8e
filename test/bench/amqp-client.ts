import { fileURLToPath } from "node:url";
import type { Bench } from "./bench.js";
import { machinery } from "./contenders.js";
import type { Case } from "./measure.js";
import { rabbitmq } from "./place.js";
import { Program } from "./program.js";
import { Stand } from "./stand.js";

const MESSAGES = 30_000;
const WINDOW = 256;
const probeFile = fileURLToPath(new URL("./programs/amqp-probe.js", import.meta.url));

/** The broker on RabbitMQ, and the worker above it, beside the bare client library with the same messages and the same window. */
export async function amqpClient(bench: Bench): Promise<void> {
  const place = await rabbitmq(bench);
  const open = (name: string, kind: string): Program =>
    new Program(name, process.execPath, [probeFile, kind, place.broker, `bench_${kind}`]);
  const [raw, ours] = [open("amqplib", "raw"), open("machinery-ts, its broker", "broker")];
  const stand = new Stand(machinery, place);
  const count = bench.count(MESSAGES);
  const ask = async (probe: Program, command: "publish" | "consume", request: { count: number; window: number }) =>
    (await probe.ask<{ ms: number }>(command, request)).ms;

  const published: Case[] = [raw, ours].map((probe) => ({
    name: probe.name,
    count,
    async run(n) {
      const ms = await ask(probe, "publish", { count: n, window: WINDOW });
      await ask(probe, "consume", { count: n, window: WINDOW });
      return ms;
    },
  }));
  const consumed: Case[] = [raw, ours].map((probe) => ({
    name: probe.name,
    count,
    async run(n) {
      await ask(probe, "publish", { count: n, window: WINDOW });
      return ask(probe, "consume", { count: n, window: WINDOW });
    },
  }));
  const tasks: Case = {
    name: "machinery-ts, tasks run, all states in Redis",
    count,
    async run(n) {
      await stand.sender.ask("sendBulk", { count: n, batch: 1_000 });
      const ms = await stand.withWorkers(1, async ([worker]) => {
        const answer = await worker!.ask<{ ms: number }>("drain", { count: n, slots: WINDOW });
        await stand.checkRuns([worker!], n);
        return answer.ms;
      });
      await stand.sender.ask("clear");
      return ms;
    },
  };
  try {
    const { title } = place;
    await bench.compare("rabbitmq-client-publish", `RabbitMQ: published with confirmation, ${WINDOW} in flight`, published);
    await bench.compare("rabbitmq-client-consume", `RabbitMQ: taken with acknowledgement, ${WINDOW} in flight`, consumed);
    await bench.compare("rabbitmq-client-tasks", `${title}: messages taken, and tasks run by one worker`, [consumed[0]!, tasks]);
  } finally {
    await Promise.all([raw.close(), ours.close(), stand.close()]);
    await place.close();
  }
}
