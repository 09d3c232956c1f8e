import type { Broker, Listening } from "../brokers/broker.js";
import type { Dispatch } from "../gen/v1/dispatcher.js";
import type { Logger } from "../logger.js";
import { type AnnouncedTask, decodeRollCall, encodeAnnouncement, rollCallTopic, type WorkerAnnouncement } from "../wire/notices.js";

/** A worker as it presents itself. */
export function announcementOf(worker: string, id: string, queues: readonly string[], handlers: Dispatch): WorkerAnnouncement {
  const tasks = [...handlers].map(([name, { definition, older }]): [string, AnnouncedTask] => {
    const { hash, aliases = [], formerHashes = [] } = definition;
    const underThatName = formerHashes[aliases.indexOf(name)] ?? hash;
    return [name, [[underThatName, ...[hash, ...formerHashes].filter((one) => one !== underThatName)], [...(older?.keys() ?? [])]]];
  });
  return { worker, id, queues, tasks: Object.fromEntries(tasks) };
}

/** Answers whoever asks which workers there are and what they run, where the broker carries notices. */
export async function answerRollCalls(
  broker: Broker,
  logger: Logger,
  announcement: WorkerAnnouncement,
): Promise<Listening | undefined> {
  if (!broker.capabilities.notices) return undefined;
  const bodies = encodeAnnouncement(announcement);
  try {
    return await broker.listen(rollCallTopic, (call) => {
      const topic = decodeRollCall(call);
      if (topic === undefined) return;
      // Nobody but the one who asked would miss it.
      broker.notify(bodies.map((body) => ({ topic, body }))).catch(() => {});
    });
  } catch (error) {
    logger.warn({ err: error }, "this worker cannot hear who asks for it; it is missing where workers are listed");
    return undefined;
  }
}
