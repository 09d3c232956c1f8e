import plainTest from "ava";
import { Server, signature, silentLogger } from "machinery-ts";
import { MongoServerError } from "mongodb";
import { failure } from "../../src/backends/mongodb/failure.js";
import { startMemcached } from "../services/memcached.js";
import { startMongodb } from "../services/mongodb.js";
import { namespace } from "../services/namespace.js";
import { ownServers } from "../services/service.js";

const starts = { memcached: startMemcached, mongodb: startMongodb } as const;
const memcachedTest = await ownServers("memcached");
const tests = { memcached: memcachedTest, mongodb: await ownServers("mongodb") } as const;

for (const kind of ["memcached", "mongodb"] as const) {
  tests[kind](
    `${kind}: a server that goes away in the middle is named, nothing hangs, and all goes on when it is back`,
    async (t) => {
      const store = await starts[kind](t);
      const place = new URL(store.url).host;
      const quick = kind === "mongodb" ? "?serverSelectionTimeoutMS=500&connectTimeoutMS=500" : "";
      const options = { broker: `memory:${namespace(t)}`, resultBackend: store.url + quick, logger: silentLogger };
      await using server = await Server.connect(options);
      await using working = await Server.connect(options);
      working.registerTask("one", () => 1n);
      await working.newWorker("away", { concurrency: 2 }).start();
      const call = () => server.sendTask(signature({ name: "one" }));
      t.is(await (await call()).get(), 1n);
      const sent = await server.sendTask(signature({ name: "nobody" }));
      await store.stop();
      const named = { code: "ERR_BACKEND", message: new RegExp(place.replaceAll(".", "\\.")) } as const;
      await t.throwsAsync(call(), named);
      await t.throwsAsync(sent.get(), named);
      await t.throwsAsync(sent.getState(), named);
      await t.throwsAsync(server.cancel(sent.uuid), named);
      await store.start();
      t.is(await (await call()).get(), 1n);
    },
  );
}

memcachedTest("a result over the limit is its task's failure, naming server and limit", async (t) => {
  const { url } = await startMemcached(t);
  await using server = await Server.connect({ broker: `memory:${namespace(t)}`, resultBackend: url, logger: silentLogger });
  server.registerTask("large", () => "x".repeat(2 << 20));
  await server.newWorker("large").start();
  const sent = await server.sendTask(signature({ name: "large" }));
  const { host } = new URL(url);
  await t.throwsAsync(sent.get(), {
    code: "ERR_TASK_FAILED",
    message: new RegExp(`the result cannot be stored: .*memcache://${host}.*takes at most 1048576`),
  });
});

memcachedTest("an id that is no key is refused before anything is sent", async (t) => {
  const { url } = await startMemcached(t);
  await using server = await Server.connect({ broker: `memory:${namespace(t)}`, resultBackend: url, logger: silentLogger });
  for (const uuid of ["a b", "a\u0000b", "é", "a".repeat(251)]) {
    await t.throwsAsync(async () => server.sendTask(signature({ name: "one", uuid })), { code: "ERR_SIG_CHARS" });
  }
  t.is((await server.getBroker().inspect()).pending, 0);
});

plainTest("a user of MongoDB without rights is told which to be given, and where", (t) => {
  const error = new MongoServerError({ message: "not authorized on results to execute command { insert }", code: 13 });
  const { code, message } = failure(error, "mongodb://h:27017/results", undefined);
  t.is(code, "ERR_BACKEND");
  t.regex(message, /mongodb:\/\/h:27017\/results: .*not authorized on results.*Give the user the role readWrite on this database/);
});
