import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { amqpStage } from "../amqp/stage.js";
import { service } from "../services/service.js";
import { temporaryFolder } from "../services/temporary-folder.js";
import { Machinery } from "./command.js";

const { test, url } = await service("rabbitmq");

test("the doctor names what does not fit on RabbitMQ, and nothing where all does", async (t) => {
  const { open, queue, exchange, bindingKey, raw } = await amqpStage(t, url);
  const env = { AMQP_EXCHANGE: exchange, AMQP_BINDING_KEY: bindingKey, DEFAULT_QUEUE: queue };
  const doctor = (extra: Readonly<Record<string, string>> = {}, ...args: string[]) =>
    new Machinery(["doctor", "--broker", url, ...args], { env: { ...env, ...extra } }).ended;
  const broker = await open();
  const consumer = await broker.consume({ queues: [queue], capacity: 1 });
  const taking = consumer.take(1);
  while ((await raw.checkQueue(queue)).consumerCount === 0) {}
  const healthy = await doctor();
  t.is(healthy.code, 0, healthy.stdout + healthy.stderr);
  await raw.assertQueue(bindingKey);
  t.teardown(() => raw.deleteQueue(bindingKey));
  const ill = await doctor({ AMQP_QUEUE_DECLARE_ARGS: "x-max-priority:5" }, "--longest-task", "45m");
  t.is(ill.code, 1);
  t.regex(ill.stdout, new RegExp(`${bindingKey}, named like the binding key`));
  t.regex(ill.stdout, /x-max-priority wanted .*5.*, found nothing/);
  t.regex(
    ill.stdout,
    /2700000 ms.*1800000 ms.*assumed.*x-consumer-timeout in amqp\.queue_declare_args.*consumer_timeout in rabbitmq\.conf/,
  );
  await consumer.close();
  await taking;
});

test("the doctor knows by the contract how long a task of a queue may run", async (t) => {
  const { open, queue, exchange, bindingKey } = await amqpStage(t, url);
  await (await open()).declare([queue, `${queue}.other`]);
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, "dist/generated"), { recursive: true });
  const task = (name: string, policy: object) => ({ name, parameters: [], policy });
  const tasks = {
    short: task("short", {}),
    long: task("long", { timeoutMs: 2_400_000 }),
    longer: task("longer", { timeoutMs: 3_000_000, queue: `${queue}.other` }),
  };
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  await writeFile(join(folder, "dist/generated/definitions.js"), `export const definitions = ${JSON.stringify(tasks)};`);
  const env = { AMQP_EXCHANGE: exchange, AMQP_BINDING_KEY: bindingKey, DEFAULT_QUEUE: queue };
  const doctor = async (...args: string[]) =>
    (await new Machinery(["doctor", ...args, "--broker", url], { env, cwd: folder }).ended).stdout;
  t.regex(await doctor(), /may run for 2400000 ms/);
  t.regex(await doctor(`${queue}.other`), /may run for 3000000 ms/);
  t.notRegex(await doctor("--longest-task", "1m"), /may run/);
});
