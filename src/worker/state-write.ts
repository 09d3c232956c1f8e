import type { StateName, StateWrite } from "../backends/backend.js";
import { readReplyTopic } from "../wire/headers.js";
import type { WireSignature } from "../wire/signature.js";
import { StateRecord } from "../wire/state.js";

/** What a state says of its task; the headers name who is to be told. */
export type TaskIdentity = Pick<WireSignature, "UUID" | "Name" | "Headers">;

/** A task's state as the backend stores it. */
export function stateWrite(
  { UUID, Name, Headers }: TaskIdentity,
  state: StateName,
  results: string | null,
  error: string,
  createdAt: string,
  ttlMs: number,
): StateWrite {
  return new StateRecord(UUID, Name, state, results, error, createdAt, ttlMs, readReplyTopic(Headers));
}

/** How long a task's state is kept: where the task is delayed, that much longer. */
export function lifetime(ttlMs: number, notBefore: number | undefined, now: number): number {
  return notBefore === undefined ? ttlMs : ttlMs + Math.max(notBefore - now, 0);
}
