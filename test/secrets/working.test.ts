import { setTimeout as sleep } from "node:timers/promises";
import type { ExecutionContext } from "ava";
import { Server, type ServerOptions, signature } from "machinery-ts";
import { FaultProxy } from "../services/proxy.js";
import { rabbitmqctl } from "../services/rabbitmq.js";
import { startRedis } from "../services/redis.js";
import { ownServers, service } from "../services/service.js";
import { keepingLogger } from "../worker/stage.js";
import { everythingOf, makeSecret, type Secret } from "./secret.js";

const testRedis = await ownServers("redis");
const { test: testAmqp, url: amqpUrl, management } = await service("rabbitmq");
const { test: testMongodb, url: mongodbUrl } = await service("mongodb");

/** The URL of a server, with another login. */
function withLogin(url: string, user: string, { encoded }: Secret): string {
  return url.replace(/\/\/(?:[^@/]*@)?/, `//${user}:${encoded}@`);
}

/** Works over a connection that is then treated in every bad way, and has tasks fail; nothing that can be seen holds the secret. */
async function staysHidden(t: ExecutionContext, secret: Secret, proxy: FaultProxy, options: ServerOptions): Promise<void> {
  const { logger, lines } = keepingLogger();
  const seen: unknown[] = [];
  await using server = await Server.connect({ ...options, defaultQueue: `secrets-${process.pid}`, logger });
  server.registerTask("add", (a: bigint, b: bigint) => a + b);
  server.registerTask("tells", () => {
    throw new Error(`cannot reach ${options.broker}`);
  });
  const worker = server.newWorker("w", { graceMs: 0 });
  await worker.start();
  const add = () => server.sendTask(signature({ name: "add", args: [1n, 2n].map((value) => ({ type: "int64" as const, value })) }));
  t.is(await (await add()).get({ timeoutMs: 20_000 }), 3n);
  const failing = await server.sendTask(signature({ name: "tells" }));
  await t.throwsAsync(failing.get({ timeoutMs: 20_000 }), { code: "ERR_TASK_FAILED" });
  const harms = [() => proxy.cut("RST"), () => proxy.cut("FIN"), () => proxy.drop(), () => proxy.refuse()];
  for (const [i, harm] of harms.entries()) {
    harm();
    if (i > 1) proxy.cut("RST");
    const told = Promise.allSettled([add().then((result) => result.get({ timeoutMs: 500 })), server.getBroker().inspect()]);
    // Long enough for what fails at once, and for some attempts to connect.
    await Promise.race([told, sleep(500)]);
    await proxy.pass();
    seen.push(...(await told).map((one) => (one as PromiseRejectedResult).reason));
  }
  t.is(await (await untilSent(add)).get({ timeoutMs: 20_000 }), 3n);
  seen.push(server, worker, failing, server.getBroker(), server.config.warnings);
  t.true(lines.length > 0);
  for (const [where, output] of [
    ["the log", JSON.stringify(lines)],
    ["what can be looked at", seen.map(everythingOf).join("\n")],
  ] as const) {
    const form = secret.foundIn(output);
    const place = form === undefined ? 0 : output.indexOf(form);
    t.is(form, undefined, `${where}: ${output.slice(Math.max(place - 500, 0), place + 100)}`);
  }
}

async function untilSent<T>(send: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await send();
    } catch (error) {
      if (attempt === 20) throw error;
    }
  }
}

testRedis("no password in the log of a worker whose Redis comes and goes, nor in what it is made of", async (t) => {
  t.timeout(120_000);
  const secret = makeSecret("default");
  const redis = await startRedis(t, { requirepass: JSON.stringify(secret.text).replaceAll("é", "\\xc3\\xa9") });
  const url = withLogin(`redis://127.0.0.1:${redis.port}`, "default", secret);
  const proxy = await FaultProxy.start(t, url);
  await staysHidden(t, secret, proxy, { broker: proxy.url, resultBackend: proxy.url });
  const wrong = makeSecret("default");
  const refused = await t.throwsAsync(Server.connect({ broker: withLogin(url, "default", wrong) }), { message: /WRONGPASS/ });
  t.is(wrong.foundIn(everythingOf(refused)), undefined);
});

testAmqp("no password in the log of a worker whose RabbitMQ comes and goes, nor in what it is made of", async (t) => {
  t.timeout(120_000);
  if (management === undefined) return t.pass("this RabbitMQ is the user's own, and not to be managed");
  const user = `secrets-${process.pid}`;
  const secret = makeSecret(user);
  await rabbitmqctl(management, "add_user", user, secret.text);
  t.teardown(() => rabbitmqctl(management, "delete_user", user));
  await rabbitmqctl(management, "set_permissions", user, ".*", ".*", ".*");
  const url = withLogin(amqpUrl, user, secret);
  const proxy = await FaultProxy.start(t, url);
  await staysHidden(t, secret, proxy, {
    broker: proxy.url,
    resultBackend: "memory:secrets",
    amqp: { exchange: user, bindingKey: user, queueDeclareArgs: { "x-expires": 600_000 } },
  });
  const wrong = makeSecret(user);
  const refused = await t.throwsAsync(Server.connect({ broker: withLogin(url, user, wrong), resultBackend: "memory:" }));
  t.is(wrong.foundIn(everythingOf(refused)), undefined);
});

testMongodb("no password in what MongoDB's refusal of it is told by", async (t) => {
  const user = "nobody";
  const secret = makeSecret(user);
  const refused = await t.throwsAsync(
    Server.connect({ broker: "memory:", resultBackend: withLogin(mongodbUrl, user, secret) }).then((server) => server.close()),
    { code: "ERR_BACKEND" },
  );
  t.is(secret.foundIn(everythingOf(refused)), undefined);
  t.log(refused.message);
});
