import test from "ava";
import { keepingLogger, stage } from "../worker/stage.js";
import { fill, message, raw } from "./messages.js";

const queue = "vec";

test("a message larger than the limit of both sides is refused by the sender, with nothing sent", async (t) => {
  const { send, broker, server } = await stage(t);
  await t.throwsAsync(send.split("x".repeat(server.config.maxMessageBytes)), { code: "ERR_MSG_SIZE", message: /split.*1048576/ });
  t.is((await broker.inspect(queue)).pending, 0);
});

test("with uniqueKeys, a message that names a key twice is put aside", async (t) => {
  const { server, publish, work, send, broker } = await stage(t, { uniqueKeys: true });
  await work();
  await publish(fill(raw("int64", '1,"Value":2'), "task_x", queue));
  t.is(await (await send.add(1n, 2n)).get(), 3n);
  const [letter] = await broker.peek(queue, "dead", 1);
  t.regex(letter?.dead?.reason ?? "", /\[ERR_MSG_DUP_KEY\]/);
  t.true(server.config.uniqueKeys);
});

test("a field that Machinery does not know does no harm, and is told of once for each task", async (t) => {
  const { logger, lines } = keepingLogger();
  const on = await stage(t, { logger });
  await on.work();
  const strange = { Colour: "blue", Size: 1, Args: [{ Type: "int64", Value: 1 }] };
  for (const [i, Name] of ["add", "add", "multiply", "add"].entries()) {
    const UUID = `strange_${on.name}_${i}`;
    await on.publish(fill(message({ ...strange, Name }), UUID, queue));
    await on.server.asyncResult(UUID).get();
  }
  const told = lines.filter((line) => line.message.includes("does not know"));
  t.deepEqual(
    told.map(({ level, fields: { task, field } }) => [level, task, field]),
    [
      ["warn", '"add"', '"Colour"'],
      ["warn", '"add"', '"Size"'],
      ["warn", '"multiply"', '"Colour"'],
      ["warn", '"multiply"', '"Size"'],
    ],
  );
});
