import { randomUUID } from "node:crypto";
import { chain, signature } from "machinery-ts";
import { tasks } from "../../generated/index.js";
import type { Feature } from "./feature.js";
import type { GoValue } from "./go-machinery.js";

const newId = () => `task_${randomUUID()}`;
const five: GoValue[] = [{ type: "int64", value: "5" }];
const add = { Name: "add", Args: [2, 3].map((Value) => ({ Type: "int64", Value })) };
const fail = { Name: "fail", Args: [{ Type: "string", Value: "not yet" }] };
/** Go gives RabbitMQ twice as long until the queue of a delayed task goes, which is little for a short delay on a busy machine. */
const delayMs = 1_500;

export const lives: readonly Feature[] = [
  {
    name: "delayed",
    runs: {
      "Go sends, TypeScript works": async (t, { go, seen }) => {
        const due = Date.now() + delayMs;
        const sent = await go.send({ ...add, ETA: new Date(due).toISOString() });
        t.deepEqual(await go.results(sent), five);
        t.true(seen.get(sent.uuids[0]!)!.at >= due);
      },
      "TypeScript sends, Go works": async (t, { server, goBegan }) => {
        const due = Date.now() + delayMs;
        const sent = await server.sendTask(tasks.add(2n, 3n).with({ eta: new Date(due) }));
        t.is(await sent.get(), 5n);
        t.true((await goBegan(sent.uuid)).at >= due);
      },
      "both work": async (t, { server, goQueue, ourQueue, seen }) => {
        const due = Date.now() + delayMs;
        const later = tasks.add(3n).with({ delayMs, queue: ourQueue });
        const last = await server.sendChain(chain(tasks.add(2n).with({ queue: goQueue }), later));
        t.is(await last.get(), 5n);
        t.true(seen.get(last.uuid)!.at >= due);
      },
    },
  },
  {
    name: "headers",
    runs: {
      "Go sends, TypeScript works": async (t, { go, seen }) => {
        const sent = await go.send({ ...add, Headers: { trace: "a <b> é", depth: 3 } });
        await go.results(sent);
        const { headers } = seen.get(sent.uuids[0]!)!.context;
        t.deepEqual([headers.get("trace"), headers.get("depth")], ["a <b> é", 3]);
      },
      "TypeScript sends, Go works": async (t, { server, goBegan }) => {
        const sent = await server.sendTask(tasks.add(2n, 3n).with({ headers: { trace: "a <b> é", depth: 3 } }));
        await sent.get();
        t.like((await goBegan(sent.uuid)).headers, { trace: "a <b> é", depth: 3 });
      },
    },
  },
  {
    name: "retry",
    runs: {
      "Go sends, TypeScript works": async (t, fleet) => {
        const queue = fleet.newQueue();
        let runs = 0;
        const failOnce = () => {
          if (++runs === 1) throw new Error("not yet");
          return "done";
        };
        await fleet.newWorker(t, { queue, handlers: { fail: failOnce } });
        const sent = await fleet.go.send({ ...fail, RoutingKey: queue, RetryCount: 1 });
        t.deepEqual(await fleet.go.results(sent), [{ type: "string", value: '"done"' }]);
      },
      "TypeScript sends, Go works": async (t, { server, goBegan }) => {
        const sent = await server.sendTask(tasks.fail("no").with({ retry: { count: 1 } }));
        await t.throwsAsync(sent.get(), { message: /: no$/ });
        await goBegan(sent.uuid, 2);
      },
    },
  },
  {
    name: "retry that starts on Go and ends on TypeScript",
    runs: {
      "both work": async (t, fleet) => {
        const queue = fleet.newQueue();
        const go = await fleet.newGo(t, queue);
        await go.work();
        const sent = await fleet.go.send({ ...fail, RoutingKey: queue, RetryCount: 3 });
        const uuid = sent.uuids[0]!;
        await go.hasBegun((one) => one.uuid === uuid);
        await go.stop();
        await fleet.newWorker(t, { queue, handlers: { fail: (message) => `${message}, but now` } });
        t.deepEqual(await fleet.go.results(sent), [{ type: "string", value: '"not yet, but now"' }]);
      },
    },
  },
  {
    name: "retry that starts on TypeScript and ends on Go",
    runs: {
      "both work": async (t, fleet) => {
        const queue = fleet.newQueue();
        const uuid = newId();
        const failure = () => {
          throw new Error("not yet");
        };
        const worker = await fleet.newWorker(t, { queue, handlers: { none: failure } });
        const sent = await fleet.server.sendTask(tasks.none().with({ queue, uuid, retry: { count: 3 } }));
        await fleet.hasBegun((context) => context.uuid === uuid);
        await worker.stop();
        await (await fleet.newGo(t, queue)).work();
        t.is(await sent.get(), undefined);
      },
    },
  },
  {
    name: "retry that starts on TypeScript and goes on on Go",
    runs: {
      "both work": async (t, fleet) => {
        const queue = fleet.newQueue();
        const uuid = newId();
        const worker = await fleet.newWorker(t, { queue });
        const sent = await fleet.server.sendTask(tasks.fail("no").with({ queue, uuid, retry: { count: 2 } }));
        await fleet.hasBegun((context) => context.uuid === uuid);
        await worker.stop();
        const go = await fleet.newGo(t, queue);
        await go.work();
        await t.throwsAsync(sent.get(), { message: /: no$/ });
        await go.hasBegun((one) => one.uuid === uuid, 2);
      },
    },
  },
  {
    name: "both on one queue",
    runs: {
      "both work": async (t, fleet) => {
        // Each worker takes what it has room for, and holds it until all have begun.
        const queue = fleet.newQueue();
        const go = await fleet.newGo(t, queue);
        await Promise.all([go.work({ concurrency: 1 }), fleet.newWorker(t, { queue, concurrency: 1 })]);
        const hold = signature({ name: "hold" }).with({ queue });
        const sent = await Promise.all(Array.from({ length: 12 }, () => fleet.server.sendTask(hold)));
        await Promise.all([
          go.hasBegun(({ task }) => task === "hold"),
          fleet.hasBegun(({ name, queue: of }) => name === "hold" && of === queue),
        ]);
        await go.release();
        fleet.release();
        const by = await Promise.all(sent.map((one) => one.get()));
        t.deepEqual([...new Set(by)].sort(), ["Go", "TypeScript"]);
      },
    },
  },
  {
    name: "results read by who did not send",
    runs: {
      "both work": async (t, { go, server, goQueue, ourQueue }) => {
        // Waited for before there is anything to read.
        const [one, other] = [newId(), newId()];
        const theirs = server.asyncResult(one).get();
        await go.send({ ...add, UUID: one, RoutingKey: goQueue });
        t.is(await theirs, 5n);
        await server.sendTask(tasks.add(2n, 3n).with({ uuid: other, queue: ourQueue }));
        t.deepEqual(await go.results(other), five);
      },
    },
  },
  {
    name: "GetPendingTasks",
    runs: {
      "both work": async (t, fleet) => {
        const [one, other] = [fleet.newQueue(), fleet.newQueue()];
        await fleet.server.sendTask(tasks.add(1n).with({ queue: one }));
        await fleet.go.send({ ...add, RoutingKey: other });
        // On RabbitMQ, asking binds the queue to the key of the default one, so that it must be the default one.
        t.deepEqual(await (await fleet.newGo(t, one)).pending(), ["add"]);
        t.deepEqual(
          (await fleet.server.getBroker().getPendingTasks(other)).map(({ Name }) => Name),
          ["add"],
        );
      },
    },
  },
];
