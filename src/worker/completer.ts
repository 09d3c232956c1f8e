import type { StateName } from "../backends/backend.js";
import type { Delivery, Message, Settlement } from "../brokers/broker.js";
import { events } from "../events.js";
import type { TaskContext } from "../executors/context.js";
import { EncodedResults, UnfitMessage, UnfitResults } from "../executors/encoded-results.js";
import type { Outcome } from "../executors/inline.js";
import type { Logger } from "../logger.js";
import type { Clock } from "../util/clock.js";
import { crashPoint } from "../util/crash-point.js";
import { errorText } from "../util/error-text.js";
import type { MessageLimits } from "../wire/limits.js";
import { decodeMessage } from "../wire/message.js";
import type { WireSignature } from "../wire/signature.js";
import { rfc3339 } from "../wire/time.js";
import { unreadArgs } from "../wire/without-args.js";
import { nextAttempt, type Wish, wishOf } from "../workflow/retry.js";
import type { FollowMessage } from "../workflow/steps.js";
import { attemptNote } from "./attempts.js";
import { Committer, type CommitterParts } from "./committer.js";
import { Completion } from "./completion.js";
import type { Refusal } from "./intake.js";
import type { Job } from "./job.js";
import { lifetime, stateWrite } from "./state-write.js";
import { holdUnknownTask, type UnknownTaskPolicy } from "./unknown-task.js";

export interface CompleterParts extends Omit<CommitterParts, "onThrough"> {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: MessageLimits;
  readonly resultTtlMs: number;
  readonly unknownTasks: UnknownTaskPolicy | undefined;
  /** Told what a task threw that fails for good. */
  readonly onTaskError: (task: TaskContext, error: unknown) => void;
  /** Told when a handler has ended whose task had ended without it. */
  readonly onLate: (job: Job) => void;
  /** Told when a delivery is through, whatever became of it: its slot is free. `undefined`: no task of it ever ran. */
  readonly onLeft: (job: Job | undefined) => void;
}

/** Says what becomes of a delivery: of its task's state, and of its message. */
export class Completer implements Outcome<Job> {
  readonly #parts: CompleterParts;
  readonly #committer: Committer;

  constructor(parts: CompleterParts) {
    this.#parts = parts;
    this.#committer = new Committer({ ...parts, onThrough: (completion, kept) => this.#through(completion, kept) });
  }

  /** Gives up what the broker or backend does not take. */
  stop(): void {
    this.#committer.stop();
  }

  returned(job: Job, value: unknown): void {
    if (!job.finish()) {
      this.#parts.onLate(job);
      return;
    }
    crashPoint?.("ran");
    if (job.mayBeCutShort) {
      this.#parts.onLeft(job);
      return;
    }
    if (job.cancellation !== undefined) {
      this.#cancelled(job, job.cancellation);
      return;
    }
    let results: string;
    try {
      results = value instanceof EncodedResults ? value.json : job.entry.definition.encodeResults(value);
    } catch (error) {
      // Not tried again: the handler has done its work, and would do it twice.
      this.#failed(job, error);
      return;
    }
    this.#end(job, "SUCCESS", results, "");
  }

  threw(job: Job, error: unknown): void {
    if (!job.finish()) {
      this.#parts.onLate(job);
      return;
    }
    // It may have thrown for no other reason than that it was told to stop.
    if (job.abandoned) {
      this.#parts.onLeft(job);
      return;
    }
    if (job.cancellation !== undefined) {
      this.#cancelled(job, job.cancellation);
      return;
    }
    if (error instanceof UnfitMessage) {
      this.putAside(job.delivery, { error: error.cause, task: job.signature, signature: job.signature }, job);
      return;
    }
    if (error instanceof UnfitResults) {
      this.#failed(job, error.cause);
      return;
    }
    const { clock, limits } = this.#parts;
    const text = errorText(error);
    const next = this.#nextAttempt(job, error, text);
    const body = next && Buffer.from(next.json);
    if (body && body.byteLength <= limits.maxBytes) this.#retry(job, error, text, next.notBefore ?? clock.now(), body);
    else this.#failed(job, error);
  }

  #nextAttempt(job: Job, error: unknown, text: string): FollowMessage | undefined {
    const { clock, limits } = this.#parts;
    const context = { now: clock.now(), queue: job.queue };
    const next = nextAttempt(job.signature, text, wish(error), context);
    if (next === undefined || job.signature.Args !== unreadArgs) return next;
    try {
      return nextAttempt(decodeMessage(job.body, limits, job.queue), text, wish(error), context);
    } catch {
      // The thread has not come so far as to refuse it.
      return undefined;
    }
  }

  /** Redelivered after its end. */
  replay(job: Job, stored: string): void {
    this.#committer.add(Completion.replay(job, stored));
  }

  /** A message that is not to be run: a dead letter, and FAILURE for whoever waits. */
  putAside(delivery: Delivery, { error, task, signature }: Omit<Refusal, "kind">, job?: Job): void {
    const { clock, logger, resultTtlMs } = this.#parts;
    logger.error({ queue: delivery.queue, uuid: task?.UUID, err: error }, "message put aside as a dead letter");
    const settle: Settlement = { delivery, as: "dead", reason: errorText(error) };
    const write = task && stateWrite(task, "FAILURE", null, errorText(error), rfc3339(clock.now()), resultTtlMs);
    this.#committer.add(new Completion(settle, write, signature, job));
  }

  /** A task that no handler here knows: later again, for a worker that does. */
  hold(delivery: Delivery, signature: WireSignature): void {
    const { broker, clock, logger, unknownTasks, limits } = this.#parts;
    const jitter = { chance: Math.random(), stepMs: broker.capabilities.delayResolutionMs };
    const verdict = holdUnknownTask(signature, clock.now(), unknownTasks, limits.maxBytes, jitter);
    if (verdict.giveUp) {
      this.putAside(delivery, { error: verdict.error, task: signature, signature });
      return;
    }
    const { until, body } = verdict;
    const name = signature.Name.slice(0, 80);
    logger.warn({ task: name, uuid: signature.UUID, until }, "no handler knows this task; it is offered again later");
    if (events.taskUnknown.hasSubscribers) events.taskUnknown.publish({ uuid: signature.UUID, name: signature.Name, until });
    this.#committer.add(new Completion({ delivery, as: "delay", until, body }));
  }

  /** A later attempt of the task is under way, or has been: nothing is left to do but to take the message away. */
  outdated(job: Job): void {
    const { attempt, name: task, uuid, delivery } = job;
    this.#parts.logger.warn({ task, uuid, attempt }, "an earlier attempt came again after the next one was sent; it is dropped");
    this.#committer.add(new Completion({ delivery, as: "ack" }, undefined, undefined, job));
  }

  /** Not now: the message comes again at that time. @param leaves whether this worker's death meanwhile is not to be laid to it */
  postpone(job: Job, until: number, leaves = false): void {
    this.#committer.add(new Completion({ delivery: job.delivery, as: "delay", until, leaves }, undefined, undefined, job));
  }

  /** Not the handler's failure, whatever came of it: that the task has ended, and how, stands in the backend already. */
  #cancelled(job: Job, reason: Error): void {
    const { name: task, uuid, attempt } = job;
    this.#parts.logger.info({ task, uuid, attempt }, "task cancelled while it ran");
    this.#end(job, "FAILURE", null, errorText(reason));
  }

  #failed(job: Job, error: unknown): void {
    this.#parts.onTaskError(job, error);
    this.#end(job, "FAILURE", null, errorText(error));
  }

  /**
   * The next attempt takes the place of this one in the queue, in one step where the broker can (`atomicSettle`). Where it cannot, it is
   * published, then the state says which attempt it is of, then this one is acknowledged: brought again after a crash in between, this
   * one is known to be outdated.
   */
  #retry(job: Job, error: unknown, text: string, until: number, body: Uint8Array): void {
    const { clock, logger, broker } = this.#parts;
    const { attempt, name: task, uuid, delivery, signature } = job;
    logger.warn({ task, uuid, attempt, until, err: error }, "task failed; it is tried again");
    const now = clock.now();
    const { atomicSettle } = broker.capabilities;
    const note = atomicSettle ? null : attemptNote(attempt + 1);
    const write = stateWrite(signature, "RETRY", note, text, rfc3339(now), lifetime(this.ttlOf(job), until, now));
    const settle: Settlement = atomicSettle ? { delivery, as: "delay", until, body } : { delivery, as: "ack" };
    const completion = new Completion(settle, write, signature, job);
    if (!atomicSettle) completion.next = this.#message(job, until, body);
    this.#committer.add(completion);
  }

  #message({ uuid: id, queue, signature }: Job, notBefore: number, body: Uint8Array): Message {
    const { priority } = this.#parts.broker.capabilities;
    return { id, queue, body, notBefore, ...(priority && signature.Priority && { priority: signature.Priority }) };
  }

  #end(job: Job, state: StateName, results: string | null, error: string): void {
    const write = stateWrite(job.signature, state, results, error, rfc3339(this.#parts.clock.now()), this.ttlOf(job));
    this.#committer.add(new Completion({ delivery: job.delivery, as: "ack" }, write, job.signature, job));
  }

  /** How long states of this task are kept. */
  ttlOf(job: Job): number {
    return job.entry.definition.policy.resultTtlMs ?? this.#parts.resultTtlMs;
  }

  #through(completion: Completion, kept: boolean): void {
    const { job, settle, write, refused } = completion;
    this.#parts.onLeft(job);
    if (!kept) return;
    if (settle.as === "dead") {
      if (events.messageDead.hasSubscribers) {
        events.messageDead.publish({ queue: settle.delivery.queue, reason: settle.reason });
      }
    } else if (job && write && !refused) {
      const { uuid, name } = job;
      const { state, error } = write;
      if (completion.until !== undefined) {
        if (events.taskRetried.hasSubscribers) events.taskRetried.publish({ uuid, name, until: completion.until, error });
      } else if (events.taskEnded.hasSubscribers) events.taskEnded.publish({ uuid, name, state, error });
    }
  }
}

/** What the error asks for; nothing, where it cannot even be read. */
function wish(error: unknown): Wish {
  try {
    return wishOf(error);
  } catch {
    return undefined;
  }
}
