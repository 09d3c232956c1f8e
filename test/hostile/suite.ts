import type { TestFn } from "ava";
import { TaskError } from "machinery-ts";
import { accepted, fill, refused } from "./messages.js";
import { watchPrototypes } from "./prototypes.js";
import { type Places, stage, until } from "./stage.js";

/** What nobody should send, through a broker to a worker that is to live through it. */
export function hostileSuite(test: TestFn, open: () => Promise<Places>): void {
  test("every hostile message becomes a dead letter with its reason, the others run, and the worker goes on", async (t) => {
    const on = await stage(t, await open());
    const changed = watchPrototypes();
    const { server, send, broker, queue } = on;
    const bad = [...refused].map(([what, { body, code, told }], i) => {
      const uuid = `task_bad_${i}.${queue}`;
      return { what, uuid, code, told, body: fill(body, uuid, queue) };
    });
    const odd = [...accepted].map(([what, { body, result }], i) => {
      const uuid = `task_odd_${i}.${queue}`;
      return { what, uuid, result, body: fill(body, uuid, queue) };
    });
    // A sound task between any two of them.
    const good = [];
    for (const { body } of [...bad, ...odd]) {
      await on.publish([body]);
      good.push(await send.add(BigInt(good.length), 9007199254740993n));
    }
    await on.work({ unknownTasks: { giveUpAfterMs: 0 } });
    for (const [i, result] of good.entries()) t.is(await result.get({ timeoutMs: 60_000 }), BigInt(i) + 9007199254740993n);
    for (const { what, uuid, result } of odd) t.deepEqual(await server.asyncResult(uuid).get({ timeoutMs: 60_000 }), result, what);
    for (const { what, uuid, code } of bad.filter(({ told }) => told)) {
      const error = await t.throwsAsync<TaskError>(
        server.asyncResult(uuid).get({ timeoutMs: 60_000 }),
        { instanceOf: TaskError },
        what,
      );
      t.true(error?.taskMessage.startsWith(`[${code}]`), `${what}: ${error?.taskMessage}`);
    }
    await until("all are put aside", async () => (await broker.inspect(queue)).dead >= bad.length);
    const letters = await broker.peek(queue, "dead", bad.length + 1);
    t.is(letters.length, bad.length);
    for (const { what, code, body } of bad) {
      const letter = letters.find((one) => Buffer.compare(one.body, body) === 0);
      const reason = letter?.dead?.reason ?? "there is no dead letter of these bytes";
      t.true(reason.includes(`[${code}]`), `${what}: ${reason}`);
      t.true(reason.length < 600, `${what}: no more of a value than 80 characters`);
    }
    t.is((await broker.inspect(queue)).pending, 0);
    t.deepEqual(changed(), [], "prototypes that have become others");
    t.is(({} as { isAdmin?: boolean }).isAdmin, undefined);
  });
}
