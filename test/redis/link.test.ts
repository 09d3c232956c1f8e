import { createServer } from "node:net";
import test from "ava";
import type { FailureCode } from "../../src/redis/errors.js";
import { openRedis } from "../../src/redis/link.js";
import { Script } from "../../src/redis/script.js";
import { namespaceOf } from "../../src/testing/conformance/namespace.js";
import { freePort } from "../services/free-port.js";
import { FaultProxy } from "../services/proxy.js";
import { startRedis } from "../services/redis.js";
import { ownServers, service } from "../services/service.js";
import { redisAt } from "./address.js";

const { test: shared, url } = await service("redis");
const own = await ownServers("redis");
const code: FailureCode = "ERR_BROKER";

shared("answers are bytes, and users of one URL share a connection", async (t) => {
  const key = namespaceOf("link", t.title);
  const a = await openRedis(await redisAt(url), code);
  const b = await openRedis(await redisAt(url), "ERR_BACKEND");
  t.is(await a.call("CLIENT", "ID"), await b.call("CLIENT", "ID"));
  await a.call("SET", key, Buffer.of(0xff, 0x00, 0xfe), "PX", 10_000);
  t.deepEqual(await b.call("GET", key), Buffer.of(0xff, 0x00, 0xfe));
  await a.close();
  t.is(String(await b.call("PING")), "PONG");
  await t.throwsAsync(a.call("PING"), { code: "ERR_CLOSED" });
  await b.close();
  await b.close();
});

shared("a script runs whether or not the server knows it already", async (t) => {
  const redis = await openRedis(await redisAt(url), code);
  const script = new Script(`return {KEYS[1], ARGV[1], ${Math.random()}}`);
  for (let i = 0; i < 2; i++) {
    const [key, bytes] = (await redis.run(script, ["k"], [Buffer.of(0xff)])) as Buffer[];
    t.deepEqual([String(key), bytes], ["k", Buffer.of(0xff)]);
  }
  await redis.close();
});

shared("each of several commands settles for itself", async (t) => {
  const key = namespaceOf("link", t.title);
  const redis = await openRedis(await redisAt(url), code);
  const [set, push, get] = await redis.callAll([
    ["SET", key, "1", "PX", 10_000],
    ["RPUSH", key, "x"],
    ["GET", key],
  ]);
  t.is(set!.status, "fulfilled");
  t.is(push!.status === "rejected" && push!.reason.code, code);
  t.regex(push!.status === "rejected" ? push!.reason.message : "", /WRONGTYPE.*Use another queue name/);
  t.deepEqual(get, { status: "fulfilled", value: Buffer.from("1") });
  await redis.close();
});

own("a wrong password is told at once, and is not printed", async (t) => {
  const server = await startRedis(t, { requirepass: "right" });
  const wrong = await redisAt(`redis://:s3cr3t@127.0.0.1:${server.port}`);
  const error = await t.throwsAsync(openRedis(wrong, code), { code, message: /WRONGPASS.*password in the URL/ });
  t.false(`${error.stack} ${JSON.stringify(error)}`.includes("s3cr3t"));
  await t.throwsAsync(openRedis(await redisAt(`redis://127.0.0.1:${server.port}`), code), { code, message: /NOAUTH/ });
  const lone = await openRedis(await redisAt(`redis://right@127.0.0.1:${server.port}`), code);
  t.is(String(await lone.call("PING")), "PONG");
  await lone.close();
});

own("a database that does not exist is refused, not replaced by database 0", async (t) => {
  const server = await startRedis(t, { databases: 2 });
  await t.throwsAsync(openRedis(await redisAt(`${server.url}/2`), code), { code, message: /fewer databases/ });
  const redis = await openRedis(await redisAt(`${server.url}/1`), code);
  t.regex(String(await redis.call("CLIENT", "INFO")), / db=1 /);
  await redis.close();
});

own("a server that evicts is refused, with the reason, unless that is accepted", async (t) => {
  const server = await startRedis(t, { "maxmemory-policy": "allkeys-lru" });
  await t.throwsAsync(openRedis(await redisAt(server.url), code), { code, message: /allkeys-lru.*noeviction.*allowEviction/ });
  const redis = await openRedis(await redisAt(server.url, { redis: { allowEviction: true } }), code);
  await redis.close();
});

own("a replica is refused", async (t) => {
  const master = await startRedis(t);
  const replica = await startRedis(t, { replicaof: `127.0.0.1 ${master.port}` });
  await t.throwsAsync(openRedis(await redisAt(replica.url), code), { code, message: /replica.*Name the master/ });
});

test("a server that is not there is told at once, by host and port", async (t) => {
  const port = await freePort();
  await t.throwsAsync(openRedis(await redisAt(`redis://:s3cr3t@127.0.0.1:${port}/3`), code), {
    code,
    message: new RegExp(`127\\.0\\.0\\.1:${port}/3 cannot be reached: .*ECONNREFUSED`),
  });
});

test("a server that accepts and says nothing is given up", async (t) => {
  const server = createServer(() => {}).listen(0, "127.0.0.1");
  t.teardown(() => server.close());
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  const options = await redisAt(`redis://127.0.0.1:${port}`, { redis: { connectTimeout: 1 } });
  await t.throwsAsync(openRedis(options, code), { code, message: /cannot be reached/ });
});

own("a connection that breaks while the server is being checked is an error like any other", async (t) => {
  const { url } = await startRedis(t);
  const proxy = await FaultProxy.start(t, url);
  // The first question belongs to every connection, the second one to the check.
  void proxy.hears("info").then(() => proxy.swallowReplyTo("info"));
  await t.throwsAsync(openRedis(await redisAt(proxy.url), code), { code, message: /cannot be reached: Connection is closed/ });
});

own("calls fail while the server is away, and work again when it is back", async (t) => {
  const server = await startRedis(t, { appendonly: "yes", appendfsync: "always" });
  const redis = await openRedis(await redisAt(server.url, { redis: { readTimeout: 1 } }), code);
  const messages: string[] = [];
  const channel = namespaceOf("link", t.title);
  await redis.subscriber.subscribe(channel, (message) => messages.push(String(message)));
  const blocking = redis.openBlocking("k");
  await blocking.send([["PING"]]);
  const blocked = t.throwsAsync(blocking.send([["BLMOVE", "k", "l", "LEFT", "RIGHT", 5]]), { code: "ERR_AMBIGUOUS" });
  await server.kill();
  await blocked;
  await t.throwsAsync(redis.call("PING"), { code, message: /cannot be reached/ });
  const reset = new Promise<void>((resolve) => redis.subscriber.onReset(resolve));
  await server.start();
  t.is(String(await redis.call("PING")), "PONG");
  t.is(String(await blocking.send([["PING"]])), "PONG");
  await reset;
  await redis.call("PUBLISH", channel, "heard");
  t.is(String(await redis.call("PING")), "PONG");
  while (messages.length === 0) await redis.call("PING");
  t.deepEqual(messages, ["heard"]);
  await blocking.close();
  await redis.close();
});

own("a server that keeps silent ends the call and the connection", async (t) => {
  const server = await startRedis(t);
  const redis = await openRedis(await redisAt(server.url, { redis: { readTimeout: 1 } }), code);
  const id = await redis.call("CLIENT", "ID");
  server.pause();
  await t.throwsAsync(redis.call("PING"), { code: "ERR_AMBIGUOUS" });
  server.resume();
  t.not(await redis.call("CLIENT", "ID"), id);
  await redis.close();
});

own("changes of keys are told, whoever makes them", async (t) => {
  const server = await startRedis(t);
  const redis = await openRedis(await redisAt(server.url), code);
  const changes: string[] = [];
  const heard = new Promise<void>((resolve) => {
    redis.subscriber.onChange("delayed", () => {
      changes.push("delayed");
      resolve();
    });
  });
  redis.subscriber.onChange("other", () => changes.push("other"));
  while (!redis.subscriber.tracks) await redis.call("PING");
  await redis.call("ZADD", "delayed", 1, "x");
  await heard;
  t.true(changes.every((change) => change === "delayed"));
  await redis.close();
});
