import test from "ava";
import { Server, signature, silentLogger } from "machinery-ts";
import { tasks } from "../../generated/index.js";
import { Machinery, machinery, temporaryStore } from "./command.js";

test("a task that waits, one that has ended, one that is not known: each is told of, and the exit code tells of the one that had ended", async (t) => {
  const env = await temporaryStore(t);
  await using server = await Server.connect({ broker: env.BROKER, logger: silentLogger });
  server.registerTask("done", () => 1n);
  const worker = server.newWorker("w", { queues: ["other"] });
  await worker.start();
  const done = await server.sendTask(signature({ name: "done", queue: "other" }));
  await done.get();
  await worker.stop();
  const waits = await server.sendTask(tasks.add(1n));
  t.deepEqual(await machinery(["cancel", waits.uuid, done.uuid, "task_x"], { env }), {
    code: 1,
    stdout: [
      `${waits.uuid} cancelled: it waited, and will not run`,
      `${done.uuid} not cancelled: it had ended before (SUCCESS)`,
      "task_x cancelled: nothing was known of it; should there be a message for it, it will not run",
      "",
    ].join("\n"),
    stderr: "",
  });
  const again = await machinery(["cancel", waits.uuid, "task_y", "--json"], { env });
  t.is(again.code, 0);
  t.deepEqual(
    again.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line)),
    [
      { uuid: waits.uuid, cancelled: true, before: "FAILURE" },
      { uuid: "task_y", cancelled: true, before: null },
    ],
  );
  const result = await machinery(["result", waits.uuid], { env });
  t.is(result.code, 1);
  t.regex(result.stderr, /^error: \[ERR_TASK_FAILED\] add .*\[ERR_TASK_CANCELLED\] add: the task was cancelled\.\n$/);
});

test("what is no id is exit code 2, and nothing is cancelled", async (t) => {
  const env = await temporaryStore(t);
  const { stdout: uuid } = await machinery(["send", "add", "1"], { env });
  const { code, stdout, stderr } = await machinery(["cancel", uuid.trim(), "group_1"], { env });
  t.is(code, 2);
  t.is(stdout, "");
  t.regex(stderr, /^error: \[ERR_ARG_VALUE\] group_1: this is the id of a group/);
  t.like(await machinery(["result", uuid.trim()], { env }), { stderr: `add (${uuid.trim()}) has not ended: PENDING\n` });
  t.is((await machinery(["cancel"], { env })).code, 2);
});

test("a task that runs in another process is watched, with its progress, and cancelled from a third", async (t) => {
  const env = await temporaryStore(t);
  const worker = new Machinery(["worker", "--log", "json"], { env });
  await worker.line(/worker started/);
  const { stdout } = await machinery(["send", "long_running_task"], { env });
  const uuid = stdout.trim();
  const watching = new Machinery(["result", uuid, "--watch"], { env });
  await watching.line(/^STARTED$/);
  await watching.line(/^\d+0 %$/);
  const { code, stdout: told } = await machinery(["cancel", uuid], { env });
  t.is(code, 0);
  t.is(told, `${uuid} cancelled: it was running, and its worker is told; on a thread it ends, on the event loop it is asked to\n`);
  const { code: watched, stderr } = await watching.ended;
  t.is(watched, 1);
  t.regex(stderr, /\nFAILURE\nerror: \[ERR_TASK_FAILED\] long_running_task .*\[ERR_TASK_CANCELLED\]/);
  await worker.line(/task cancelled while it ran/);
  worker.signal("SIGTERM");
  t.is((await worker.ended).code, 0);
});
