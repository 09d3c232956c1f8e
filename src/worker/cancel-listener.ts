import type { Broker, Listening } from "../brokers/broker.js";
import type { Logger } from "../logger.js";
import { cancelTopic, decodeCancel } from "../wire/notices.js";

/** Hears which tasks were cancelled, where the broker carries notices; where not, such a task runs to its end, which is then dropped. */
export async function listenForCancels(
  broker: Broker,
  logger: Logger,
  onCancel: (uuids: ReadonlySet<string>) => void,
): Promise<Listening | undefined> {
  if (!broker.capabilities.notices) return undefined;
  try {
    return await broker.listen(cancelTopic, (body) => onCancel(new Set(decodeCancel(body))));
  } catch (error) {
    logger.warn({ err: error }, "this worker cannot hear of cancelled tasks; those that it runs go on to their end");
    return undefined;
  }
}
