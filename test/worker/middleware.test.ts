import test from "ava";
import { type Middleware, taskContext } from "machinery-ts";
import * as handlers from "../../tasks/index.js";
import { keepingLogger, stage } from "./stage.js";
import { dispatch } from "./tutorial.js";

/** Notes when a task comes through and when it comes back. */
const noting =
  (name: string, notes: string[]): Middleware =>
  async (task, next) => {
    notes.push(`${name} before ${task.name}`);
    try {
      return await next();
    } finally {
      notes.push(`${name} after`);
    }
  };

test("middlewares wrap the handler, outermost first, and Machinery's handlers are outside of them", async (t) => {
  const { server, send } = await stage(t);
  const notes: string[] = [];
  const add = (...terms: bigint[]) => {
    notes.push("handler");
    return handlers.add(...terms) as bigint;
  };
  const worker = server.newWorker("w", {
    handlers: dispatch({ ...handlers, add }),
    middleware: [noting("outer", notes), noting("inner", notes)],
  });
  worker.setPreTaskHandler(() => void notes.push("replaced"));
  worker.setPreTaskHandler(async ({ name }) => void notes.push(`pre ${name}`));
  worker.setPostTaskHandler(({ name }) => void notes.push(`post ${name}`));
  await worker.start();
  t.is(await (await send.add(1n, 2n)).get(), 3n);
  t.deepEqual(notes, ["pre add", "outer before add", "inner before add", "handler", "inner after", "outer after", "post add"]);
});

test("a middleware may answer in the handler's place, or change its answer", async (t) => {
  const { send, work } = await stage(t);
  let called = false;
  await work({
    handlers: dispatch({
      ...handlers,
      split: (text) => {
        called = true;
        return [text];
      },
    }),
    middleware: [
      ({ name }, next) => (name === "split" ? ["cached"] : next()),
      async ({ name }, next) => (name === "add" ? ((await next()) as bigint) * 100n : next()),
    ],
  });
  t.deepEqual(await (await send.split("x")).get(), ["cached"]);
  t.false(called);
  t.is(await (await send.add(1n, 2n)).get(), 300n);
  t.is(await (await send.concat(["a", "b"])).get(), "ab");
});

test("a middleware's error is the task's, at once or later, before or after", async (t) => {
  const { send, work } = await stage(t);
  await work({
    middleware: [
      ({ name }, next) => {
        if (name === "add") throw new Error("at once");
        return next();
      },
      async ({ name }, next) => {
        const result = await next();
        if (name === "concat") throw new Error("after");
        return result;
      },
    ],
  });
  await t.throwsAsync((await send.add(1n)).get(), { message: /at once/ });
  await t.throwsAsync((await send.concat([])).get(), { message: /after/ });
  await t.throwsAsync((await send.fail("own")).get(), { message: /own/ });
  t.deepEqual(await (await send.split("ab")).get(), ["a", "b"]);
});

test("what Machinery's handlers throw", async (t) => {
  const { server, send } = await stage(t);
  const worker = server.newWorker("w", { handlers: dispatch(handlers) });
  worker.setPreTaskHandler(({ name }) => {
    if (name === "add") throw new Error("not before");
  });
  worker.setPostTaskHandler(({ name }) => {
    if (name === "split") throw new Error("not after");
  });
  await worker.start();
  await t.throwsAsync((await send.add(1n)).get(), { message: /not before/ });
  await t.throwsAsync((await send.split("a")).get(), { message: /not after/ });
});

test("the error handler hears what failed for good, and its own errors stop nothing", async (t) => {
  const { logger, lines } = keepingLogger();
  const { server, send } = await stage(t, { logger });
  const worker = server.newWorker("w", { handlers: dispatch(handlers) });
  const heard: unknown[] = [];
  worker.setErrorHandler((error, { name, uuid, attempt }) => {
    heard.push([(error as Error).message, name, uuid, attempt]);
    throw new Error("handler broke");
  });
  await worker.start();
  const first = await send.fail("one");
  await t.throwsAsync(first.get());
  const second = await send.fail("two");
  await t.throwsAsync(second.get());
  t.is(await (await send.add(1n)).get(), 1n);
  t.deepEqual(heard, [
    ["one", "fail", first.uuid, 1],
    ["two", "fail", second.uuid, 1],
  ]);
  t.is(lines.filter(({ message }) => message === "the error handler threw").length, 2);
});

test("lines are structured, name the worker and the task, and hold no secret", async (t) => {
  const { logger, lines } = keepingLogger();
  const { server, send } = await stage(t, { logger });
  const worker = server.newWorker("images", {
    handlers: dispatch({
      ...handlers,
      none: () => taskContext().logger.info({ step: 1, password: "hunter2" }, "half way to amqp://user:hunter2@host/"),
    }),
  });
  await worker.start();
  const none = await send.none();
  await none.get();
  const failed = await send.fail("cannot reach redis://:hunter2@host/0");
  await t.throwsAsync(failed.get());
  await worker.stop();
  const own = lines.find(({ message }) => message.startsWith("half way"));
  t.like(own, { level: "info", fields: { worker: "images", task: "none", uuid: none.uuid, step: 1 } });
  t.like(
    lines.find(({ message }) => message === "task failed"),
    { level: "error", fields: { worker: "images", task: "fail", uuid: failed.uuid, attempt: 1 } },
  );
  t.deepEqual(
    lines.filter(({ level }) => level === "info").map(({ message }) => message.slice(0, 14)),
    ["worker started", "half way to am", "worker stopped"],
  );
  t.notRegex(JSON.stringify(lines), /hunter2/);
});
