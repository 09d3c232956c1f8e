import type { Defect } from "../defect.js";

const committer = "src/worker/committer.ts";
const takesLongWay = {
  source: committer,
  text: "this.#atOnce = parts.backend.commitWith?.(parts.consumer);",
  broken: "this.#atOnce = undefined;",
};
const inOrder = `    await this.#store(batch);
    crashPoint?.("terminal");
    await followUps.send(batch, sent);
    crashPoint?.("before-ack");
    const outcomes = await consumer.settle(batch.map((completion) => completion.settle));
    crashPoint?.("acked");
`;
const acknowledgement = `    const outcomes = await consumer.settle(batch.map((completion) => completion.settle));
    crashPoint?.("acked");
`;
const suite = "test/chaos/file.test.ts";
const onRedis = "test/chaos/redis.test.ts";

/** Of a worker: the order of its steps, and what it makes of what comes to it. */
export const workerDefects: readonly Defect[] = [
  {
    name: "a worker acknowledges before it stores the result",
    edits: [
      takesLongWay,
      {
        source: committer,
        text: inOrder,
        broken: `${acknowledgement}
    await this.#store(batch);
    crashPoint?.("terminal");
    await followUps.send(batch, sent);
    crashPoint?.("before-ack");
`,
      },
    ],
    checks: [
      { file: suite, title: "workers killed at the step acked" },
      { file: onRedis, title: "workers killed at the step acked" },
    ],
  },
  {
    name: "a worker acknowledges before it sends what follows",
    edits: [
      {
        source: committer,
        text: inOrder,
        broken: `    await this.#store(batch);
    crashPoint?.("terminal");
${acknowledgement}
    await followUps.send(batch, sent);
    crashPoint?.("before-ack");
`,
      },
    ],
    checks: [{ file: suite, title: "workers killed at the step acked" }],
  },
  {
    name: "a worker that meets a task which has ended looks no more at what follows",
    edits: [
      {
        source: "src/worker/completer.ts",
        text: "this.#committer.add(Completion.replay(job, stored));",
        broken: 'this.#committer.add(new Completion({ delivery: job.delivery, as: "ack" }, undefined, undefined, job));',
      },
    ],
    checks: [{ file: suite, title: "workers killed at the step terminal" }],
  },
  {
    name: "a worker gives up where the answer to what it stores is lost",
    edits: [
      {
        source: committer,
        text: 'if (this.#stop.signal.aborted || (error instanceof MachineryError && error.code === "ERR_CLOSED")) break;',
        broken: "if (error instanceof Error) break;",
      },
    ],
    checks: [
      { file: "test/chaos/memcache-replies.test.ts", title: "the reply to *" },
      { file: "test/chaos/mongodb-replies.test.ts", title: "the reply to *" },
    ],
  },
  {
    name: "a worker runs again what has ended",
    edits: [
      {
        source: "src/worker/processor.ts",
        text: "else if (!outcome.ok && outcome.stored !== null) this.#completer.replay(job, outcome.stored);",
        broken: "else if (!outcome.ok && outcome.stored !== null) this.#run(job);",
      },
    ],
    checks: [{ file: "test/chaos/duplicates.test.ts", title: "memory: a task that comes one to three times*" }],
  },
  {
    name: "a run whose claim was lost is not told, and settles late",
    edits: [
      {
        source: "src/worker/processor.ts",
        text: "for (const job of [...this.#jobs]) if (gone.has(job.delivery)) job.abandon(claimLost(job));",
        broken: "for (const job of [...this.#jobs]) if (gone.has(job.delivery)) claimLost(job);",
      },
    ],
    checks: [{ file: onRedis, title: "a worker suspended beyond its lease" }],
  },
  {
    name: "a worker that is told to stop waits for nothing",
    edits: [
      {
        source: "src/worker/worker.ts",
        text: "this.#stopping ??= this.#stop(graceMs);",
        broken: "this.#stopping ??= this.#stop(Math.min(graceMs, 0));",
      },
    ],
    checks: [
      { file: suite, title: "workers stopped in order" },
      { file: onRedis, title: "workers stopped in order" },
    ],
  },
  {
    name: "a second signal is ignored",
    edits: [{ source: "src/util/signals.ts", text: "      process.exit(signalExitCode(signal));\n", broken: "      return;\n" }],
    checks: [{ file: suite, title: "a worker told twice to stop" }],
  },
  {
    name: "a worker that is refused messages asks again without a pause",
    edits: [
      {
        source: "src/worker/run.ts",
        text: "        await delay(clock, pauseMs, signal);",
        broken: "        await delay(clock, 0, signal);",
      },
    ],
    checks: [{ file: "test/chaos/disk-full.test.ts", title: "a Redis that cannot write its snapshots*" }],
  },
  {
    name: "a retry loses its message",
    edits: [
      {
        source: "src/worker/completer.ts",
        text: 'const settle: Settlement = atomicSettle ? { delivery, as: "delay", until, body } : { delivery, as: "ack" };',
        broken: 'const settle: Settlement = { delivery, as: "ack" };',
      },
    ],
    checks: [{ file: "test/chaos/soak.test.ts", title: "everything at random, and nothing grows" }],
  },
  {
    name: "some kilobytes are kept of each task",
    edits: [
      {
        source: "src/worker/processor.ts",
        text: "      this.#jobs.delete(job);\n      this.#suspects.left(job);",
        broken: `      this.#jobs.delete(job);
      ((this as any).kept ??= []).push(new Array(1_000).fill(job));
      this.#suspects.left(job);`,
      },
    ],
    checks: [{ file: "test/chaos/soak.test.ts", title: "everything at random, and nothing grows" }],
  },
  {
    name: "a task that nobody knows is offered again without a pause",
    edits: [
      {
        source: "src/worker/unknown-task.ts",
        text: "const until = now + Math.round(pauseMs * (1 - chance / 5));",
        broken: "const until = now;",
      },
    ],
    checks: [{ file: "test/chaos/fleets.test.ts", title: "amqp: two fleets*" }],
  },
  {
    name: "what follows is sent again under another UUID where the answer was lost",
    edits: [
      {
        source: "src/worker/follow-ups.ts",
        text: "messages.filter(({ queue }) => !unusable.has(queue)).map((message) => messageOf(message, broker.capabilities)),",
        broken: `messages
        .filter(({ queue }) => !unusable.has(queue))
        .map((message) => {
          const json = sent.has(\`tried \${message.id}\`) ? message.json.replaceAll(message.id, \`\${message.id}-again\`) : message.json;
          sent.add(\`tried \${message.id}\`);
          return messageOf({ ...message, json }, broker.capabilities);
        }),`,
      },
    ],
    checks: [{ file: "test/chaos/redis-replies.test.ts", title: "the reply to tasks that follow is lost" }],
  },
  {
    name: "a callback whose sender died is left to who is given the member",
    edits: [
      {
        source: "src/worker/run.ts",
        text: "this.#unsent = unsent && new UnsentChordsSender(",
        broken: "this.#unsent = unsent && undefined && new UnsentChordsSender(",
      },
    ],
    checks: [{ file: "test/chaos/mixed-fleet.test.ts", title: "a worker of ours dies over a chord's callback*" }],
  },
];
