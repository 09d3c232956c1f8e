import type { Broker } from "../brokers/broker.js";
import { type Clock, delay } from "../util/clock.js";
import { newTaskId } from "../util/ids.js";
import { decodeAnnouncement, encodeRollCall, rollCallTopic, type WorkerAnnouncement } from "../wire/notices.js";

/** Asks all workers who they are; those that have answered when the time is up, by their tags. */
export async function callRoll(broker: Broker, clock: Clock, waitMs: number): Promise<readonly WorkerAnnouncement[]> {
  const workers = new Map<string, WorkerAnnouncement>();
  const reply = `${rollCallTopic}:${newTaskId(clock.now())}`;
  const listening = await broker.listen(reply, (body) => {
    const some = decodeAnnouncement(body);
    if (some === undefined) return;
    const before = workers.get(some.id)?.tasks;
    workers.set(some.id, { ...some, tasks: { ...before, ...some.tasks } });
  });
  try {
    await broker.notify([{ topic: rollCallTopic, body: encodeRollCall(reply) }]);
    await delay(clock, waitMs, undefined, true);
  } finally {
    await listening.close();
  }
  return [...workers.values()].sort((a, b) => (a.worker < b.worker ? -1 : 1));
}
