import test, { type ExecutionContext } from "ava";
import { chain, group, signature } from "machinery-ts";
import { builder, sender, type TaskDefinition } from "machinery-ts/gen/v1";
import { definitions } from "../../generated/definitions.js";
import { keepingLogger, stage } from "../worker/stage.js";

const servedBy = <D extends TaskDefinition>(definition: D, by?: string): D =>
  ({ ...definition, policy: { ...definition.policy, ...(by !== undefined && { servedBy: by }) } }) as D;

const numbers = [true, 0n, 0, 0, 0, 0n] as const;
const every = (uint: bigint, uint64: bigint) => [...numbers, uint, 0, 0, 0, uint64, 0, 0, ""] as const;
const large = 2n ** 63n;

/** What is warned of when `every` is called with each of these. */
async function warnings(t: ExecutionContext, by: string | undefined, ...calls: ReturnType<typeof every>[]): Promise<string[]> {
  const { logger, lines } = keepingLogger();
  const { server } = await stage(t, { logger });
  const send = sender(server, servedBy(definitions.every, by));
  for (const args of calls) await send(...args);
  return lines.filter(({ level }) => level === "warn").map(({ message }) => message);
}

const refusal =
  "workers of Go Machinery before v1.10.7 (of version 2: before v2.0.12) refuse an unsigned integer above 9223372036854775807, and " +
  "the task fails. If all that run the task are newer, let its contract say so: served_by: go v1.10.7";

test("an unsigned integer that older Go workers refuse is warned of once", async (t) => {
  t.deepEqual(await warnings(t, "go", every(1n, large - 1n), every(0n, large), every(large, 0n)), [refusal]);
});

test("nothing is warned of where the value is not one of these, or our own workers serve the task", async (t) => {
  t.deepEqual(await warnings(t, "go", every(large - 1n, large - 1n)), []);
  t.deepEqual(await warnings(t, undefined, every(large, large)), []);
});

for (const [by, warns] of [
  ["go v1.10.6", true],
  ["go v1.9.10", true],
  ["go v1.10.7", false],
  ["go v1.11.0", false],
  ["go v2.0.11", true],
  ["go v2.0.12", false],
] as const) {
  test(`${by} ${warns ? "refuses" : "takes"} it`, async (t) => {
    t.deepEqual(await warnings(t, by, every(large, 0n)), warns ? [refusal] : []);
  });
}

test("a []uint8 is warned of, anywhere in a workflow", async (t) => {
  const { logger, lines } = keepingLogger();
  const { server } = await stage(t, { logger });
  const none = builder(definitions.none);
  const slices = builder(servedBy(definitions.slices, "go v1.6.8"));
  const args = [[true], [0n], [0], [0], [0], [0n], [0n], new Uint8Array(1), [0], [0], [large], [0], [0], [""]];
  const followed = none().with({ onSuccess: slices(...args) as never });
  await server.sendChain(chain(none(), group(none(), followed)) as never);
  await server.sendTask(slices(...args));
  t.deepEqual(
    lines.map(({ fields, message }) => [fields.task, message.replace(/,.*/, "")]),
    [
      [
        "slices",
        "workers of Go Machinery before v1.10.7 (of version 2: before v2.0.12) refuse an unsigned integer above 9223372036854775807",
      ],
      ["slices", "workers of Go Machinery before v1.6.9 (of version 2: before v2.0.0) cannot read a []uint8"],
    ],
  );
});

test("who sends the task by its name alone is warned too, once the contract is known", async (t) => {
  const { logger, lines } = keepingLogger();
  const { server } = await stage(t, { logger });
  const call = () => signature({ name: "every", args: [{ type: "uint64", value: large }] });
  await server.sendTask(call());
  t.deepEqual(lines, [], "no contract says that Go serves it");
  const send = sender(server, servedBy(definitions.every, "go"));
  await server.sendTask(signature({ name: "every", args: [{ type: "uint64", value: 1n }] }));
  t.deepEqual(lines, []);
  await server.sendGroup(group(signature({ name: "none" }).with({ onError: call() })));
  const warned = () => lines.map(({ message }) => message);
  t.deepEqual(warned(), [refusal]);
  await server.sendTask(call());
  await send(...every(large, large));
  t.deepEqual(warned(), [refusal], "once");
});
