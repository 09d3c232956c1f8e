import { fork } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { connect } from "amqplib";
import { Server, silentLogger } from "machinery-ts";
import { senders } from "../../generated/index.js";
import { namespace } from "../services/namespace.js";
import { service } from "../services/service.js";
import { temporaryFolder } from "../services/temporary-folder.js";

const { test, url } = await service("rabbitmq");

const workerFile = fileURLToPath(new URL("../amqp/retrying-worker.js", import.meta.url));

// RabbitMQ cannot put the next attempt in this one's place in one step.
for (const [step, attempts] of [
  ["retry-published", /^1[12]*2[12]*$/],
  ["terminal", /^12$/],
  ["before-ack", /^12$/],
] as const) {
  test(`a worker that dies at the step "${step}" of a retry: no attempt is lost, and one whose successor is known does not run again`, async (t) => {
    const name = namespace(t);
    const folder = await temporaryFolder(t);
    const amqp = { exchange: `${name}.exchange`, bindingKey: `${name}.key` };
    const settings = { broker: url, resultBackend: `file:${join(folder, "results")}`, defaultQueue: `${name}.queue`, amqp };
    const server = await Server.connect({ ...settings, logger: silentLogger });
    const log = join(folder, "attempts");
    const hire = (env: Record<string, string>) =>
      fork(workerFile, [JSON.stringify(settings), log], { env: { ...process.env, ...env } });
    const sent = await senders(server).split("a");
    const dying = hire({ MACHINERY_CRASH_AT: `${step}:1` });
    t.deepEqual(await once(dying, "exit"), [null, "SIGKILL"]);
    const living = hire({});
    t.deepEqual(await sent.get({ timeoutMs: 30_000 }), ["a"]);
    t.regex(await readFile(log, "utf8"), attempts);
    living.kill("SIGKILL");
    await once(living, "exit");
    await server.close();
    const connection = await connect(url);
    const channel = await connection.createChannel();
    for (const suffix of ["", ".dead"]) await channel.deleteQueue(`${name}.queue${suffix}`);
    for (const suffix of ["", ".notices"]) await channel.deleteExchange(amqp.exchange + suffix);
    await connection.close();
  });
}
