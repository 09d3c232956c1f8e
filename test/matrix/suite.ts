import * as amqp from "amqplib";
import plainTest, { type TestFn } from "ava";
import { chain, chord, group, RetryLater, Server, type ServerOptions, signature, silentLogger, taskContext } from "machinery-ts";
import { senders, tasks } from "../../generated/index.js";
import * as handlers from "../../tasks/index.js";
import { deleteLadder } from "../amqp/ladder.js";
import type { Kind } from "../services/kinds.js";
import { reportPair, service } from "../services/service.js";
import { removeFolder, temporaryFolder } from "../services/temporary-folder.js";
import { dispatch } from "../worker/tutorial.js";
import { withoutResults } from "./without-results.js";

type Place = "memory" | "file" | "redis" | "amqp" | "memcache" | "mongodb" | "null";

const kinds: Partial<Record<Place, Kind>> = { redis: "redis", amqp: "rabbitmq", memcache: "memcached", mongodb: "mongodb" };
const name = `matrix-${process.pid}-${Date.now().toString(36)}`;

/** Where a place is, and AVA's `test`, or one that skips because the place is not there. */
async function urlOf(place: Place): Promise<{ url: string; test: TestFn }> {
  const kind = kinds[place];
  if (kind) return service(kind);
  if (place === "null") return { url: "null", test: plainTest };
  if (place === "memory") return { url: `memory:${name}`, test: plainTest };
  return { url: `file:${await temporaryFolder()}`, test: plainTest };
}

/** What a RabbitMQ would keep of a test: it may be the user's own. */
async function forgetQueues(url: string): Promise<void> {
  const connection = await amqp.connect(url);
  const channel = await connection.createChannel();
  for (const suffix of ["", ".dead"]) await channel.deleteQueue(`${name}.queue${suffix}`);
  for (const suffix of ["", ".dlx", ".notices", ".purges"]) await channel.deleteExchange(`${name}.exchange${suffix}`);
  await deleteLadder(channel, `${name}.exchange`);
  await connection.close();
}

/** Every kind of task and workflow over one broker and one result backend, a worker's connections apart from the sender's. */
export async function matrix(brokerPlace: Place, backendPlace: Place): Promise<void> {
  const broker = await urlOf(brokerPlace);
  const backend = await urlOf(backendPlace);
  // AVA wants all that is declared in one go: from here on nothing is waited for.
  const test = broker.url === "" ? broker.test : backend.test;
  const pair = `${brokerPlace} and ${backendPlace}`;
  const options: ServerOptions = {
    broker: broker.url,
    resultBackend: backend.url,
    defaultQueue: `${name}.queue`,
    // What results leave behind on a server goes by itself.
    resultsExpireIn: 60,
    amqp: { exchange: `${name}.exchange`, bindingKey: `${name}.key` },
    logger: silentLogger,
  };
  const cleanUp = async () => {
    for (const { url } of [broker, backend]) {
      if (url.startsWith("file:")) await removeFolder(url.slice("file:".length));
      if (url.startsWith("amqp:")) await forgetQueues(url);
    }
  };
  let passed = 0;
  plainTest.afterEach.always((t) => {
    if (t.passed) passed++;
  });
  plainTest.after.always(() => reportPair({ broker: brokerPlace, backend: backendPlace, passed }));
  if (backendPlace === "null") {
    withoutResults(test, pair, options, cleanUp);
    return;
  }
  let opened: Promise<{ server: Server; others: Server[] }> | undefined;

  const open = async () => {
    const server = await Server.connect(options);
    // What lives in a process is shared within it; all else is reached over a connection of the worker's own.
    const working = await Server.connect(options);
    working.registerTask("flaky", () => {
      const { attempt } = taskContext();
      if (attempt < 3) throw new RetryLater(20);
      return BigInt(attempt);
    });
    working.registerTask("when", () => BigInt(Date.now()));
    await working.newWorker("matrix", { handlers: dispatch(handlers), concurrency: 8 }).start();
    return { server, others: [working] };
  };
  const connect = async () => {
    opened ??= open();
    return (await opened).server;
  };
  plainTest.after.always(async () => {
    const all = await opened?.catch(() => undefined);
    await Promise.all(all?.others.map((other) => other.close()) ?? []);
    await all?.server.close();
    await cleanUp();
  });

  test(`${pair}: single tasks`, async (t) => {
    const send = senders(await connect());
    const sums = await Promise.all(Array.from({ length: 20 }, (_, i) => send.add(BigInt(i), 9007199254740993n)));
    t.deepEqual(
      await Promise.all(sums.map((sum) => sum.get())),
      sums.map((_, i) => BigInt(i) + 9007199254740993n),
    );
  });

  test(`${pair}: a group`, async (t) => {
    const server = await connect();
    const results = await server.sendGroup(group(tasks.add(1n), tasks.split("ab"), tasks.add(2n, 2n)));
    t.deepEqual(await Promise.all(results.map((result) => result.get() as Promise<unknown>)), [1n, ["a", "b"], 4n]);
  });

  test(`${pair}: chords, each callback once, with the results in order`, async (t) => {
    const server = await connect();
    const sent = await Promise.all(
      Array.from({ length: 4 }, () => server.sendChord(chord(group(tasks.add(1n, 1n), tasks.add(5n, 5n)), tasks.multiply()))),
    );
    t.deepEqual(await Promise.all(sent.map((one) => one.get())), [20n, 20n, 20n, 20n]);
  });

  test(`${pair}: a chain`, async (t) => {
    const server = await connect();
    t.is(await (await server.sendChain(chain(tasks.add(1n, 1n), tasks.add(5n, 5n), tasks.multiply(4n)))).get(), 48n);
  });

  test(`${pair}: a failure, alone and within a chord`, async (t) => {
    const server = await connect();
    await t.throwsAsync(async () => (await senders(server).fail("no")).get(), { code: "ERR_TASK_FAILED", message: /no$/ });
    const failing = await server.sendChord(
      chord(group(tasks.fail("broken"), tasks.fail("too")), tasks.none().with({ immutable: true })),
    );
    await t.throwsAsync(failing.get(), { code: "ERR_TASK_FAILED" });
  });

  test(`${pair}: a retry`, async (t) => {
    const server = await connect();
    t.is(await (await server.sendTask(signature({ name: "flaky" }))).get(), 3n);
  });

  test(`${pair}: a delay`, async (t) => {
    const server = await connect();
    const eta = new Date(Date.now() + 300);
    const ran = (await (await server.sendTask(signature({ name: "when", eta }))).get()) as bigint;
    t.true(ran >= BigInt(eta.getTime()));
  });

  test(`${pair}: a panic`, async (t) => {
    const send = senders(await connect());
    await t.throwsAsync(async () => (await send.panic_task()).get(), { code: "ERR_TASK_FAILED", message: /oops/ });
  });

  test(`${pair}: several results, and none`, async (t) => {
    const server = await connect();
    const values = [
      true,
      -1n,
      -128,
      127,
      -1,
      2n ** 62n,
      1n,
      255,
      65535,
      4294967295,
      2n ** 64n - 1n,
      0.5,
      0.1,
      "é\u0000😀",
    ] as const;
    const every = await server.sendTask(tasks.every(...values));
    t.deepEqual(await every.get(), [...values] as never);
    t.is(await (await senders(server).none()).get(), undefined);
  });

  test(`${pair}: large values`, async (t) => {
    const send = senders(await connect());
    const text = "é".repeat(200_000);
    t.is(await (await send.concat([text, "!"])).get(), `${text}!`);
  });
}
