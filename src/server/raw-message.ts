import type { MessageLimits } from "../wire/limits.js";
import { decodeMessage } from "../wire/message.js";
import { dueMs } from "../wire/time.js";
import type { PlannedMessage } from "../workflow/plan.js";
import { dynamicTask } from "./dynamic-task.js";

/**
 * A message that was written elsewhere, to be published byte for byte.
 *
 * @param queue where to, in place of its RoutingKey
 * @throws MachineryError `ERR_MSG_*`, `ERR_SIG_*`, `ERR_ARG_TYPE` for what no worker would take
 */
export function planRaw(body: Uint8Array, limits: MessageLimits, defaultQueue: string, queue?: string): PlannedMessage {
  const { UUID, Name, RoutingKey, ETA, Priority = 0 } = decodeMessage(body, limits, queue);
  return {
    uuid: UUID,
    task: dynamicTask(Name),
    queue: queue ?? (RoutingKey || defaultQueue),
    json: Buffer.from(body).toString(), // valid UTF-8, or it would not have been decoded
    notBefore: dueMs(ETA),
    priority: Priority,
  };
}
