import { setImmediate } from "node:timers/promises";
import test from "ava";
import { signature, taskContext, withTaskContext } from "machinery-ts";
import * as handlers from "../../tasks/index.js";
import { stage } from "../worker/stage.js";
import { dispatch } from "../worker/tutorial.js";

test("a task knows itself, also after it has waited", async (t) => {
  const { server, work } = await stage(t);
  const seen: unknown[] = [];
  const look = () => {
    const { uuid, name, queue, attempt, errors, headers } = taskContext();
    seen.push([uuid, name, queue, attempt, errors, headers.get("trace"), headers.get("toString")]);
  };
  const none = async () => {
    look();
    await setImmediate();
    look();
    await Promise.all([(async () => look())(), new Promise<void>((resolve) => process.nextTick(() => resolve(look())))]);
  };
  await work({ handlers: dispatch({ ...handlers, none }) });
  const sent = await Promise.all(["a", "b"].map((trace) => server.sendTask(signature({ name: "none", headers: { trace } }))));
  await Promise.all(sent.map((one) => one.get()));
  t.is(seen.length, 8);
  for (const [i, trace] of ["a", "b"].entries()) {
    const expected = [sent[i]!.uuid, "none", "vec", 1, [], trace, undefined];
    t.deepEqual(
      seen.filter((one) => (one as unknown[])[5] === trace),
      [expected, expected, expected, expected],
    );
  }
});

test("outside of a task there is no context", (t) => {
  t.throws(() => taskContext(), { code: "ERR_NO_CONTEXT" });
});

test("a unit test gives a handler the context it likes", async (t) => {
  const controller = new AbortController();
  const handler = async () => {
    await setImmediate();
    const { attempt, name, signal, errors } = taskContext();
    return [attempt, name, signal.aborted, errors];
  };
  t.deepEqual(await withTaskContext({}, handler), [1, "test", false, []]);
  controller.abort();
  t.deepEqual(await withTaskContext({ attempt: 3, signal: controller.signal, errors: ["no"] }, handler), [3, "test", true, ["no"]]);
  t.throws(() => taskContext(), { code: "ERR_NO_CONTEXT" });
});
