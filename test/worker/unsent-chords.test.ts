import { Redis } from "ioredis";
import { chord, events, group, Server, signature, silentLogger } from "machinery-ts";
import { namespace } from "../services/namespace.js";
import { service } from "../services/service.js";
import { deferred, heard } from "./stage.js";

const { test, url } = await service("redis");

test("a chord of which a Go worker runs a member once more waits for it", async (t) => {
  const queue = namespace(t);
  const server = await Server.connect({
    ...{ broker: url, resultBackend: url, defaultQueue: queue, resultsExpireIn: 60, leaseMs: 300, logger: silentLogger },
  });
  t.teardown(() => server.close());
  const redis = new Redis(url);
  t.teardown(() => redis.disconnect());
  const held = deferred();
  server.registerTask("give", (number: bigint) => number);
  server.registerTask("held", (number: bigint) => held.promise.then(() => number));
  server.registerTask("sum", (...terms: bigint[]) => terms.reduce((sum, term) => sum + term));
  await server.newWorker("w").start();
  const [first, last] = [`${queue}-1`, `${queue}-2`];
  const ended = (uuid: string) => heard(events.taskEnded, (event) => event.uuid === uuid);
  const [firstEnded, lastEnded] = [ended(first), ended(last)];
  const call = (name: string, uuid: string, value: bigint) => signature({ name, uuid, args: [{ type: "int64", value }] });
  const callback = await server.sendChord(
    chord(group(call("give", first, 1n), call("held", last, 2n)), signature({ name: "sum" })),
  );
  await firstEnded;
  // As if its worker had died before the acknowledgement: a Go worker that is given the message writes over the end.
  const end = (await redis.get(first))!;
  await redis.set(first, end.replace('"SUCCESS"', '"STARTED"').replace(/"Results":\[.*?\]/, '"Results":null'), "EX", 60);
  held.resolve();
  await lastEnded;
  t.notRegex((await redis.get(callback.uuid)) ?? "", /"State":"(?:SUCCESS|FAILURE)"/);
  await redis.set(first, end, "EX", 60);
  t.is(await callback.get({ timeoutMs: 30_000 }), 3n);
});
