import type { ExecutionContext } from "ava";
import { signature } from "machinery-ts";
import type { Feature } from "./feature.js";
import type { Fleet } from "./fleet.js";
import { GoError, type GoValue } from "./go-machinery.js";
import { empty, limits, signed, slices } from "./limits.js";

/** Sends a fixed call from Go to the worker in TypeScript, and has Go read the results. */
async function fromGo(t: ExecutionContext, { go }: Fleet, call: string, expected: readonly GoValue[]): Promise<void> {
  t.deepEqual(await go.results(await go.call(call)), expected);
}

export const values: readonly Feature[] = [
  {
    name: "scalars at their limits",
    runs: {
      "Go sends, TypeScript works": async (t, fleet) => {
        for (const [name, { go }] of Object.entries(limits)) await fromGo(t, fleet, name, go);
      },
      "TypeScript sends, Go works": async (t, { send }) => {
        for (const { values } of Object.values(limits)) {
          t.deepEqual(await (await send.every(...values)).get(), values);
        }
      },
    },
  },
  {
    name: "slices",
    runs: {
      "Go sends, TypeScript works": (t, fleet) => fromGo(t, fleet, "slices", slices.go),
      "TypeScript sends, Go works": async (t, { send }) => {
        t.deepEqual(await (await send.slices(...slices.values)).get(), slices.values);
      },
    },
  },
  {
    name: "empty slices",
    runs: {
      "Go sends, TypeScript works": (t, fleet) => fromGo(t, fleet, "empty", empty.go),
      "TypeScript sends, Go works": async (t, { send }) => {
        t.deepEqual(await (await send.slices(...empty.values)).get(), empty.values);
      },
    },
  },
  {
    name: "everything but unsigned integers",
    runs: {
      "Go sends, TypeScript works": (t, fleet) => fromGo(t, fleet, "signed", signed.go),
      "TypeScript sends, Go works": async (t, { server }) => {
        const args = signed.values.map((value, i) => ({ type: signed.types[i]!, value }));
        const sent = await server.sendTask(signature({ name: "signed", args: args as never }));
        t.deepEqual(await sent.get(), signed.values);
      },
    },
  },
  {
    name: "a structured argument and result",
    runs: {
      "Go sends, TypeScript works": async (t, fleet) => {
        await fromGo(t, fleet, "resize", [{ type: "string", value: JSON.stringify('{"width":640,"height":480}') }]);
      },
      "TypeScript sends, Go works": async (t, { send }) => {
        const box = { width: 640, height: 480 };
        const image = { id: 2n ** 63n - 1n, size: { width: 4000, height: 3000 } };
        t.deepEqual(await (await send.resize({ image, box, fit: "fill" })).get(), box);
      },
    },
  },
  {
    name: "variadic arguments",
    runs: {
      "Go sends, TypeScript works": (t, fleet) => fromGo(t, fleet, "add", [{ type: "int64", value: String(3 + 2 ** 31 - 1) }]),
      "TypeScript sends, Go works": async (t, { send }) => {
        t.is(await (await send.add(1n, 2n, 3n)).get(), 6n);
      },
    },
  },
  {
    name: "no result",
    runs: {
      "Go sends, TypeScript works": async (t, { go }) => {
        t.deepEqual(await go.results(await go.send({ Name: "none" })), []);
      },
      "TypeScript sends, Go works": async (t, { send }) => {
        t.is(await (await send.none()).get(), undefined);
      },
    },
  },
  {
    name: "an error, and a panic",
    runs: {
      "Go sends, TypeScript works": async (t, { go }) => {
        const Args = [{ Type: "string", Value: "out of <paper> é" }];
        const failed = await go.send({ Name: "fail", Args });
        await t.throwsAsync(go.results(failed), { instanceOf: GoError, message: "out of <paper> é" });
        const panicked = await go.send({ Name: "panic_task" });
        await t.throwsAsync(go.results(panicked), { instanceOf: GoError, message: "oops" });
      },
      "TypeScript sends, Go works": async (t, { send }) => {
        const failed = await send.fail("out of <paper> é");
        t.is((await t.throwsAsync(failed.get(), { code: "ERR_TASK_FAILED" } as never))?.message.endsWith("out of <paper> é"), true);
        const panicked = await send.panic_task();
        t.is((await t.throwsAsync(panicked.get(), { code: "ERR_TASK_FAILED" } as never))?.message.endsWith("oops"), true);
      },
    },
  },
];
