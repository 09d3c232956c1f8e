import test from "ava";
import { type AsyncResult, Server, silentLogger } from "machinery-ts";
import { senders } from "../../generated/index.js";
import { Machinery, machinery, temporaryStore } from "./command.js";

/** Resolves when a worker has begun to run the task. */
async function started(result: AsyncResult<unknown>): Promise<void> {
  for await (const { state } of result.states()) if (state === "STARTED") return;
}

test("a worker in one process, senders in others", async (t) => {
  const env = await temporaryStore(t);
  const worker = new Machinery(["worker", "--log", "readable", "--tag", "w1", "--concurrency", "3"], { env });
  t.regex(
    await worker.line(/worker started/),
    /^\d\d:\d\d:\d\d info {2}worker started worker=w1 queues=machinery_tasks tasks=16 concurrency=3$/,
  );

  const [sum, failure, values, json, object] = await Promise.all([
    machinery(["send", "add", "9007199254740993", "1", "--wait"], { env }),
    machinery(["send", "fail", "out of paper", "--wait"], { env }),
    machinery(["send", "split", "añ", "--wait"], { env }),
    machinery(["send", "multiply", "-9223372036854775808", "--wait", "--json"], { env }),
    machinery(
      [
        "send",
        "resize",
        '{"image":{"id":9007199254740993,"size":{"width":10,"height":20}},"box":{"width":5,"height":5},"fit":"contain"}',
        "--wait",
      ],
      { env },
    ),
  ]);
  t.deepEqual(sum, { code: 0, stdout: "9007199254740994\n", stderr: "" });
  t.is(failure.code, 1);
  t.is(failure.stdout, "");
  t.regex(failure.stderr, /^error: \[ERR_TASK_FAILED\] fail \(task_[-0-9a-f]{36}\): out of paper\n$/);
  t.deepEqual(values, { code: 0, stdout: '["a","ñ"]\n', stderr: "" });
  t.regex(
    json.stdout,
    /^\{"uuid":"task_[-0-9a-f]{36}","task":"multiply","state":"SUCCESS","results":\[\{"type":"int64","value":-9223372036854775808\}\],"error":"","createdAt":"[^"]+"\}\n$/,
  );
  t.deepEqual(object, { code: 0, stdout: '{"width":3,"height":5}\n', stderr: "" });
  t.regex(await worker.line(/add succeeded/), / info {2}add succeeded uuid=task_/);

  worker.signal("SIGINT");
  const { code, stdout, stderr } = await worker.ended;
  t.is(code, 0);
  t.is(stdout, "");
  t.regex(stderr, /stopping: .*\n.*worker stopped/);
  t.false(stderr.includes("\u001b"));
});

test("the second Ctrl-C ends a worker at once, and its task goes back to the queue", async (t) => {
  const env = await temporaryStore(t);
  await using server = await Server.connect({ broker: env.BROKER, logger: silentLogger });
  const worker = new Machinery(["worker", "--queue", "machinery_tasks", "--queue", "more"], { env });
  t.like(JSON.parse(await worker.line(/worker started/)), { queues: ["machinery_tasks", "more"], level: 30 });
  await started(await senders(server).long_running_task());
  worker.signal("SIGINT");
  t.like(JSON.parse(await worker.line(/stopping/)), { signal: "SIGINT", running: 1 });
  worker.signal("SIGINT");
  t.is((await worker.ended).code, 130);
  const { pending, claimed } = await server.getBroker().inspect();
  t.is(pending + claimed!, 1);
});

test("who stops waiting is told how to ask again, and can", async (t) => {
  const env = await temporaryStore(t);
  await using server = await Server.connect({ broker: env.BROKER, logger: silentLogger });
  let finish = (_: string): void => {};
  const running = new Promise<void>((resolve) => {
    server.registerTask("hold", () => {
      resolve();
      return new Promise<string>((done) => {
        finish = done;
      });
    });
  });
  await server.newWorker("in-process").start();

  const sender = new Machinery(["send", "hold", "x", "--types", "string", "--wait"], { env });
  await running;
  sender.signal("SIGINT");
  const interrupted = await sender.ended;
  t.is(interrupted.code, 130);
  t.is(interrupted.stdout, "");
  const [, uuid] = /The task goes on.*machinery result (task_[-0-9a-f]{36}) --watch/.exec(interrupted.stderr) ?? [];
  t.truthy(uuid, interrupted.stderr);

  const early = await machinery(["result", uuid!, "--json"], { env });
  t.is(early.code, 1);
  t.like(JSON.parse(early.stdout), { uuid, task: "hold", state: "STARTED", results: null });

  const [again, watcher] = [
    new Machinery(["result", uuid!, "--watch"], { env }),
    new Machinery(["result", uuid!, "--watch"], { env }),
  ];
  await Promise.all([again.line(/^STARTED$/), watcher.line(/^STARTED$/)]);
  again.signal("SIGTERM");
  t.is((await again.ended).code, 143);
  finish("at last");
  t.deepEqual(await watcher.ended, { code: 0, stdout: "at last\n", stderr: "STARTED\nSUCCESS\n" });
  t.deepEqual(await machinery(["result", uuid!], { env }), { code: 0, stdout: "at last\n", stderr: "" });
});
