import type { TestFn } from "ava";
import fc from "fast-check";
import { TaskError } from "machinery-ts";
import { decodeMessage } from "../../src/wire/message.js";
import { amount, tellFigure } from "../chaos/figures.js";
import { count, seed } from "../chaos/profile.js";
import { vectors } from "../wire/vectors.js";
import { accepted, fill, refused } from "./messages.js";
import { mutation, replacement } from "./mutations.js";
import { watchPrototypes } from "./prototypes.js";
import { type Places, stage, until } from "./stage.js";

/** Messages of Go's own, of which each is another one, and changed at random. */
function changedMessages(count: number, queue: string): Buffer[] {
  const texts = vectors("message-").map(({ text }) => text.replaceAll('"vec"', JSON.stringify(queue)));
  const change = fc.tuple(fc.constantFrom(...texts), fc.oneof(mutation, replacement));
  return fc.sample(change, { numRuns: count, seed }).flatMap(([text, change], i) => {
    const bytes = change(text.replace(/"UUID":"[^"]*"/, `"UUID":"task_${i}.${queue}"`));
    return bytes.length === 0 ? [] : [bytes];
  });
}

/** The UUID in a message, if it has one that can be a key. */
function uuidOf(body: Uint8Array, queue: string): string | undefined {
  try {
    return decodeMessage(body, undefined, queue).UUID;
  } catch {
    return undefined;
  }
}

/**
 * What nobody should send, through a broker to a worker that is to live through it.
 *
 * @param onWhat what they go through, for people
 * @param changed how many messages are changed at random
 */
export function hostileSuite(test: TestFn, onWhat: string, changed: number, open: () => Promise<Places>): void {
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
  test("every message whose bytes were changed ends, or is a dead letter with its reason", async (t) => {
    t.timeout(count(2, 20) * 60_000);
    const on = await stage(t, await open());
    const others = watchPrototypes();
    const { server, send, broker, queue } = on;
    const bodies = changedMessages(changed, queue);
    for (let i = 0; i < bodies.length; i += 100) await on.publish(bodies.slice(i, i + 100));
    const last = await send.add(1n, 2n);
    await on.work({ unknownTasks: { giveUpAfterMs: 0 } });
    t.is(await last.get({ timeoutMs: count(1, 10) * 60_000 }), 3n);
    const stateOf = async (uuid: string | undefined) =>
      uuid === undefined
        ? undefined
        : server
            .asyncResult(uuid)
            .getState()
            .then(({ state }) => state, String);
    const ended = new Set<string>();
    let left = bodies;
    await until("all have ended", async () => {
      const letters = await broker.peek(queue, "dead", bodies.length);
      for (const { body, dead } of letters) {
        if (!/\[ERR_[A-Z_0-9]+\]/.test(dead?.reason ?? "")) throw new Error(`a dead letter without its reason: ${dead?.reason}`);
        ended.add(Buffer.from(body).toString("latin1"));
      }
      left = left.filter((body) => !ended.has(body.toString("latin1")));
      const states = await Promise.all(left.map(async (body) => stateOf(uuidOf(body, queue))));
      left = left.filter((_, i) => !/SUCCESS|FAILURE|RETRY/.test(states[i] ?? ""));
      return left.length === 0 && (await broker.inspect(queue)).pending === 0;
    });
    t.deepEqual(others(), [], "prototypes that have become others");
    tellFigure(t, {
      what: `F18, ${onWhat}`,
      much: `${amount(bodies.length)} messages with bytes changed`,
      lost: 0,
      other: "all ended, or are dead letters with their reason",
    });
    t.log(`${bodies.length} messages (seed ${seed})`);
  });
}
