import plainTest, { type TestFn } from "ava";
import { chain, chord, events, group, RetryLater, Server, type ServerOptions, signature, taskContext } from "machinery-ts";
import { senders, tasks } from "../../generated/index.js";
import * as handlers from "../../tasks/index.js";
import { dispatch } from "../worker/tutorial.js";

/** What runs over a broker where no result is kept. A worker in this process says what reached it. */
export function withoutResults(test: TestFn, pair: string, options: ServerOptions, cleanUp: () => Promise<void>): void {
  const told = new Map<string, readonly unknown[]>();
  const waiting = new Map<string, (values: readonly unknown[]) => void>();
  const say = (key: string, values: readonly unknown[]): void => {
    told.set(key, values);
    waiting.get(key)?.(values);
  };
  const heard = (key: string) =>
    new Promise<readonly unknown[]>((resolve) => {
      const values = told.get(key);
      if (values !== undefined) resolve(values);
      else waiting.set(key, resolve);
    });
  const call = (name: string, ...values: string[]) => signature({ name, args: values.map((value) => ({ type: "string", value })) });
  const tell = (...values: string[]) => call("tell", ...values);

  const open = async () => {
    const server = await Server.connect({ ...options, resultBackend: "null" });
    const working = await Server.connect({ ...options, resultBackend: "null" });
    working.registerTask("tell", (key: unknown, ...values: unknown[]) => say(key as string, values));
    // The error's text comes first.
    working.registerTask("lament", (error: unknown, key: unknown) => say(key as string, [error]));
    working.registerTask("flaky", (key: unknown) => {
      const { attempt } = taskContext();
      if (attempt < 3) throw new RetryLater(20);
      say(key as string, [attempt]);
    });
    await working.newWorker("matrix", { handlers: dispatch(handlers), concurrency: 8 }).start();
    return { server, working };
  };
  let opened: ReturnType<typeof open> | undefined;
  const connect = async () => {
    opened ??= open();
    return (await opened).server;
  };
  plainTest.after.always(async () => {
    const both = await opened?.catch(() => undefined);
    await both?.working.close();
    await both?.server.close();
    await cleanUp();
  });

  test(`${pair}: single tasks, and large values`, async (t) => {
    const server = await connect();
    const text = "é".repeat(200_000);
    await server.sendTask(tell("single", text));
    t.deepEqual(await heard("single"), [text]);
  });

  test(`${pair}: a group`, async (t) => {
    const server = await connect();
    await server.sendGroup(group(tell("one"), tell("two")));
    t.deepEqual(await Promise.all([heard("one"), heard("two")]), [[], []]);
  });

  test(`${pair}: a chain`, async (t) => {
    const server = await connect();
    await server.sendChain(chain(tasks.add(1n, 1n), tasks.add(5n, 5n), tell("chain")) as never);
    t.deepEqual(await heard("chain"), [12n]);
  });

  test(`${pair}: callbacks, after a failure and a panic too`, async (t) => {
    const server = await connect();
    await server.sendTask(tasks.split("ab").with({ onSuccess: tell("success") as never }));
    await server.sendTask(tasks.fail("no").with({ onError: call("lament", "failure") as never }));
    await server.sendTask(tasks.panic_task().with({ onError: call("lament", "panic") as never }));
    t.deepEqual(await heard("success"), [["a", "b"]]);
    t.regex(String(await heard("failure")), /no/);
    t.regex(String(await heard("panic")), /oops/);
  });

  test(`${pair}: a retry`, async (t) => {
    const server = await connect();
    await server.sendTask(call("flaky", "retry"));
    t.deepEqual(await heard("retry"), [3]);
  });

  test(`${pair}: a delay`, async (t) => {
    const server = await connect();
    const eta = new Date(Date.now() + 300);
    await server.sendTask(tell("delay").with({ eta }));
    await heard("delay");
    t.true(Date.now() >= eta.getTime());
  });

  test(`${pair}: what needs results is refused at once`, async (t) => {
    const server = await connect();
    const sent = await senders(server).add(1n);
    const unsupported = { code: "ERR_UNSUPPORTED" } as const;
    await t.throwsAsync(sent.get(), { ...unsupported, message: /the result backend keeps none\. Set resultBackend/ });
    await t.throwsAsync(sent.touch(), unsupported);
    await t.throwsAsync(sent.getState(), unsupported);
    await t.throwsAsync(async () => {
      for await (const state of sent.states()) t.log(state);
    }, unsupported);
    await t.throwsAsync(sent.cancel(), unsupported);
    const both = await server.sendChain(chain(tasks.add(1n), tasks.add(2n)));
    await t.throwsAsync(both.get(), unsupported);
    const sum = chord(group(tasks.add(1n), tasks.add(2n)), tasks.multiply());
    await t.throwsAsync(server.sendChord(sum), { ...unsupported, message: /a chord needs a result backend/ });
    await t.throwsAsync(server.sendChain(chain(tasks.add(1n), group(tasks.add(1n), tasks.add(2n)), tasks.multiply())), unsupported);
    await t.throwsAsync(server.registerPeriodicTask("@hourly", "report", tell("report")), unsupported);
  });

  test(`${pair}: a chord's member that another sent is put aside`, async (t) => {
    const server = await connect();
    const uuid = "task_member_of_a_chord";
    const dead = new Promise<{ reason: string }>((resolve) => {
      events.messageDead.subscribe((message) => resolve(message as never));
    });
    const callback = { UUID: "chord_1", Name: "multiply", RoutingKey: "", Args: [], Headers: null, Immutable: false };
    const member = {
      ...callback,
      UUID: uuid,
      Name: "add",
      GroupUUID: "group_1",
      GroupTaskCount: 2,
      ChordCallback: callback,
    };
    await server.sendRaw(Buffer.from(JSON.stringify(member)));
    t.regex((await dead).reason, /ERR_UNSUPPORTED.*a member of a chord/);
  });
}
