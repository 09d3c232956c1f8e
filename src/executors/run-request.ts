import type { TransferListItem } from "node:worker_threads";
import type { ThreadTask } from "./errand.js";
import type { RunRequest } from "./thread-protocol.js";

/** From so many bytes on a buffer that is handed over is cheaper than text that is copied. */
const CHEAPER_TRANSFERRED = 64 * 1024;

/** What a thread is sent of a task, and what of that is handed over. */
export function runRequest({ body, queue }: ThreadTask, mark: number): [request: RunRequest, transfer: TransferListItem[]] {
  // Always a copy: the message itself may be needed again, and may be part of a larger buffer, all of which would go.
  if (body.length < CHEAPER_TRANSFERRED) {
    const text = Buffer.from(body.buffer, body.byteOffset, body.length).toString("latin1");
    return [{ kind: "run", body: text, queue, mark }, []];
  }
  const copy = new Uint8Array(body);
  return [{ kind: "run", body: copy, queue, mark }, [copy.buffer]];
}
