import { randomUUID } from "node:crypto";
import { chain, chord, group } from "machinery-ts";
import { tasks } from "../../generated/index.js";
import type { Feature } from "./feature.js";
import { GoError, type GoSignature, type GoValue } from "./go-machinery.js";

const newId = () => `task_${randomUUID()}`;
const int = (value: number) => ({ Type: "int64", Value: value });
const add = (...terms: number[]): GoSignature => ({ Name: "add", Args: terms.map(int) });
const multiply = (...factors: number[]): GoSignature => ({ Name: "multiply", Args: factors.map(int) });
const fail = (message: string): GoSignature => ({ Name: "fail", Args: [{ Type: "string", Value: message }] });
const on = (queue: string, signature: GoSignature): GoSignature => ({ ...signature, RoutingKey: queue });
const is = (value: number): GoValue[] => [{ type: "int64", value: String(value) }];

export const workflows: readonly Feature[] = [
  {
    name: "OnError",
    runs: {
      "Go sends, TypeScript works": async (t, { go }) => {
        const UUID = newId();
        await go.send({ ...fail("no"), OnError: [{ Name: "split", UUID }] });
        t.deepEqual(await go.results(UUID), [{ type: "[]string", value: '["n","o"]' }]);
      },
      "TypeScript sends, Go works": async (t, { server }) => {
        const uuid = newId();
        await server.sendTask(tasks.fail("no").with({ onError: tasks.split.partial().with({ uuid }) }));
        t.deepEqual(await server.asyncResult(uuid).get(), ["n", "o"]);
      },
      "both work": async (t, { server, goQueue, ourQueue }) => {
        for (const [first, then] of [
          [goQueue, ourQueue],
          [ourQueue, goQueue],
        ] as const) {
          const uuid = newId();
          const callback = tasks.split.partial().with({ uuid, queue: then });
          await server.sendTask(tasks.fail("no").with({ queue: first, onError: callback }));
          t.deepEqual(await server.asyncResult(uuid).get(), ["n", "o"]);
        }
      },
    },
  },
  {
    name: "chain",
    runs: {
      "Go sends, TypeScript works": async (t, { go }) => {
        t.deepEqual(await go.results(await go.sendChain(add(1, 1), add(5, 5), multiply(4))), is(48));
      },
      "TypeScript sends, Go works": async (t, { server }) => {
        t.is(await (await server.sendChain(chain(tasks.add(1n, 1n), tasks.add(5n, 5n), tasks.multiply(4n)))).get(), 48n);
      },
      "both work": async (t, { go, server, goQueue, ourQueue }) => {
        const links = [add(1, 1), add(5, 5), add(2), multiply(4)];
        const sent = await go.sendChain(...links.map((link, i) => on(i % 2 === 0 ? goQueue : ourQueue, link)));
        t.deepEqual(await go.results(sent), is(56));
        const [ours, theirs] = [{ queue: ourQueue }, { queue: goQueue }];
        const last = await server.sendChain(
          chain(
            tasks.add(1n, 1n).with(theirs),
            tasks.add(5n, 5n).with(ours),
            tasks.add(2n).with(theirs),
            tasks.multiply(4n).with(ours),
          ),
        );
        t.is(await last.get(), 56n);
      },
    },
  },
  {
    name: "immutable",
    runs: {
      "Go sends, TypeScript works": async (t, { go }) => {
        t.deepEqual(await go.results(await go.sendChain({ ...add(1, 1), Immutable: true }, multiply(4, 5))), is(20));
      },
      "TypeScript sends, Go works": async (t, { server }) => {
        const immutable = tasks.add(1n, 1n).with({ immutable: true });
        t.is(await (await server.sendChain(chain(immutable, tasks.multiply(4n, 5n)))).get(), 20n);
      },
    },
  },
  {
    name: "group",
    runs: {
      "Go sends, TypeScript works": async (t, { go }) => {
        t.deepEqual(await go.results(await go.sendGroup(add(1, 1), add(2, 2), multiply(5, 6)), "all"), [is(2), is(4), is(30)]);
      },
      "TypeScript sends, Go works": async (t, { server }) => {
        const members = await server.sendGroup(group(tasks.add(1n, 1n), tasks.add(2n, 2n), tasks.multiply(5n, 6n)));
        t.deepEqual(await Promise.all(members.map((member) => member.get())), [2n, 4n, 30n]);
      },
    },
  },
  {
    name: "chord",
    runs: {
      "Go sends, TypeScript works": async (t, { go }) => {
        t.deepEqual(await go.results(await go.sendChord([add(1, 1), add(2, 2), add(5, 6)], multiply())), is(88));
      },
      "TypeScript sends, Go works": async (t, { server }) => {
        const callback = tasks.multiply();
        t.is(
          await (await server.sendChord(chord(group(tasks.add(1n, 1n), tasks.add(2n, 2n), tasks.add(5n, 6n)), callback))).get(),
          88n,
        );
      },
      "both work": async (t, { go, server, goQueue, ourQueue }) => {
        for (const queue of [goQueue, ourQueue]) {
          const members = [1, 2, 3, 4, 5, 6].map((n) => on(n % 2 === 0 ? goQueue : ourQueue, add(n)));
          t.deepEqual(await go.results(await go.sendChord(members, on(queue, multiply()))), is(720));
          const ours = [1n, 2n, 3n, 4n, 5n, 6n].map((n) => tasks.add(n).with({ queue: n % 2n === 0n ? goQueue : ourQueue }));
          t.is(await (await server.sendChord(chord(group(...ours), tasks.multiply().with({ queue })))).get(), 720n);
        }
      },
    },
  },
  {
    name: "chord whose last member Go ends",
    runs: {
      "both work": async (t, fleet) => {
        const queue = fleet.newQueue();
        const uuid = newId();
        const members = group(tasks.add(2n).with({ queue: fleet.ourQueue, uuid }), tasks.add(3n).with({ queue }));
        const callback = await fleet.server.sendChord(chord(members, tasks.multiply(7n)));
        await fleet.server.asyncResult(uuid).get();
        await (await fleet.newGo(t, queue)).work();
        t.is(await callback.get(), 42n);
      },
    },
  },
  {
    name: "chord whose last member TypeScript ends",
    runs: {
      "both work": async (t, fleet) => {
        const queue = fleet.newQueue();
        const uuid = newId();
        const members = group(tasks.add(2n).with({ queue: fleet.goQueue, uuid }), tasks.add(3n).with({ queue }));
        const callback = await fleet.server.sendChord(chord(members, tasks.multiply(7n)));
        await fleet.server.asyncResult(uuid).get();
        await fleet.newWorker(t, { queue });
        t.is(await callback.get(), 42n);
      },
    },
  },
  {
    name: "chord with a member that fails",
    runs: {
      "both work": async (t, { go, goQueue, ourQueue }) => {
        for (const [failing, other] of [
          [goQueue, ourQueue],
          [ourQueue, goQueue],
        ] as const) {
          const sent = await go.sendChord([on(failing, fail("no")), on(other, add(1))], multiply());
          await t.throwsAsync(go.results(sent), { instanceOf: GoError, message: "no" });
        }
      },
    },
  },
];
