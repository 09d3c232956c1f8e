import type { Backend, StateName, WriteOutcome } from "../backends/backend.js";
import type { Broker } from "../brokers/broker.js";
import { MachineryError, preview } from "../errors.js";
import type { Clock } from "../util/clock.js";
import { isCancelledJson, taskCancelled } from "../wire/cancelled.js";
import { checkId } from "../wire/envelope.js";
import { cancelTopic, encodeCancel } from "../wire/notices.js";
import { decodeState, StateRecord, type WireTaskState } from "../wire/state.js";
import { isTerminalJson } from "../wire/state-text.js";
import { rfc3339 } from "../wire/time.js";

/** What became of the attempt to cancel a task. */
export interface Cancellation {
  readonly uuid: string;
  /** `false`: it had ended before, and stays as it is. */
  readonly cancelled: boolean;
  /**
   * The state it was in. `STARTED` (or `RECEIVED`): a worker was at it, and is told. `FAILURE` where it was cancelled: it had been
   * cancelled before. `undefined`: no state was known (it expired, or there never was one, as for a task that is yet to follow another).
   */
  readonly before: StateName | undefined;
}

export interface CancellerParts {
  readonly broker: Broker;
  readonly backend: Backend;
  readonly clock: Clock;
  readonly resultTtlMs: number;
}

/** A message may wait in its queue, or be delayed, far longer than results are kept; when it comes, it must be known that it is not to run. */
const leastTtlMs = 30 * 24 * 3600 * 1000;

/** Cancels tasks: their end is stored, so that no worker begins with them, and workers that are at one of them are told. */
export class Canceller {
  readonly #parts: CancellerParts;

  constructor(parts: CancellerParts) {
    this.#parts = parts;
  }

  /**
   * The state is what counts: a first terminal one stays, so that either the task has ended before, or whatever it does from now on is
   * dropped. The notice only spares the work.
   *
   * @throws MachineryError `ERR_ARG_VALUE` for what is no task's id, before anything is done; `ERR_UNSUPPORTED` where the
   * backend keeps nothing; what the backend throws
   */
  async cancel(uuids: readonly string[]): Promise<Cancellation[]> {
    for (const uuid of uuids) mustBeTaskId(uuid);
    const { backend, broker } = this.#parts;
    if (!backend.capabilities.keeps) throw nothingKept();
    // Where reading a state takes it away, it is left for who waits for it.
    const known = backend.capabilities.rereadable ? await backend.read(uuids) : [];
    const before = uuids.map((uuid, i) => stateIn(known[i] ?? null, uuid));
    const outcomes = await backend.write(uuids.map((uuid, i) => this.#cancelled(uuid, before[i])));
    const ended = uuids.filter((_, i) => isEnded(outcomes[i]!));
    if (broker.capabilities.notices && ended.length > 0) {
      await broker.notify(encodeCancel(ended).map((body) => ({ topic: cancelTopic, body })));
    }
    return uuids.map((uuid, i) => cancellation(uuid, before[i], outcomes[i]!));
  }

  #cancelled(uuid: string, before: WireTaskState | undefined): StateRecord {
    const { clock, resultTtlMs } = this.#parts;
    const name = before?.TaskName ?? "";
    const ttlMs = Math.max(resultTtlMs, leastTtlMs);
    return new StateRecord(
      uuid,
      name,
      "FAILURE",
      null,
      taskCancelled(name || uuid).message,
      rfc3339(clock.now()),
      ttlMs,
      undefined,
    );
  }
}

function isEnded(outcome: WriteOutcome): boolean {
  return outcome.ok || (outcome.stored !== null && isTerminalJson(outcome.stored));
}

function cancellation(uuid: string, before: WireTaskState | undefined, outcome: WriteOutcome): Cancellation {
  if (outcome.ok) return { uuid, cancelled: true, before: before?.State };
  if (outcome.stored === null) throw outcome.error;
  const stored = stateIn(outcome.stored, uuid);
  return { uuid, cancelled: isCancelledJson(outcome.stored), before: stored?.State };
}

/** `undefined` where there is none, or none that can be read. */
function stateIn(json: string | null, uuid: string): WireTaskState | undefined {
  if (json === null) return undefined;
  try {
    return decodeState(json, uuid);
  } catch {
    return undefined;
  }
}

function nothingKept(): MachineryError {
  return new MachineryError("ERR_UNSUPPORTED", "a task is cancelled by its state, and the result backend keeps none.", {
    at: "resultBackend",
    hint: "Set it to another one than null:, for senders and workers.",
  });
}

function mustBeTaskId(uuid: string): void {
  const isId = typeof uuid === "string" && /^[A-Za-z0-9._:-]{1,200}$/.test(uuid);
  if (!isId) throw new MachineryError("ERR_ARG_VALUE", `${preview(uuid)} is not the id of a task.`, { at: "uuid" });
  checkId(uuid, "uuid");
  if (!uuid.startsWith("group_")) return;
  throw new MachineryError("ERR_ARG_VALUE", "this is the id of a group.", {
    at: uuid,
    hint: "Cancel its members, each by its own id.",
  });
}
