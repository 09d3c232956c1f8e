import { MachineryError, TaskError } from "../errors.js";
import type { Progress } from "../wire/notices.js";
import type { WireArg } from "../wire/signature.js";
import type { Cancellation, Canceller } from "./canceller.js";
import type { GetOptions } from "./get-options.js";
import { Onlooker } from "./onlooker.js";
import type { ProgressFeed } from "./progress-feed.js";
import type { TaskState } from "./task-state.js";

/** What an AsyncResult needs to read and to wait. */
export interface ResultSource {
  /** The stored state, now; `null` where there is none. */
  readState(uuid: string): Promise<TaskState | null>;
  /** The terminal state, as soon as there is one. */
  waitFor(uuid: string, options: GetOptions): Promise<TaskState>;
  /** The same without a promise. */
  wait(uuid: string, options: GetOptions, onEnd: (state: TaskState) => void, onError: (error: Error) => void): void;
  /** Tells of any of these tasks that fails; the function that it returns ends that. */
  watchFailures(uuids: readonly string[], onFailure: (failed: TaskState) => void): () => void;
  /** Each state as it is seen, the terminal one last. */
  watchStates(uuid: string, options: GetOptions): AsyncIterable<TaskState>;
}

/** What an AsyncResult reads and acts by. */
export interface ResultControls {
  readonly results: ResultSource;
  readonly canceller: Canceller;
  readonly progress: ProgressFeed;
}

/** A task that was sent: Machinery's AsyncResult. */
export class AsyncResult<Result> {
  readonly uuid: string;
  readonly name: string;
  readonly #controls: ResultControls;
  readonly #decode: (results: readonly WireArg[]) => unknown;
  readonly #upstream: readonly string[];

  /**
   * @internal
   * @param upstream tasks without whose success this one will never run
   */
  constructor(
    uuid: string,
    name: string,
    controls: ResultControls,
    decode: (results: readonly WireArg[]) => unknown,
    upstream: readonly string[] = [],
  ) {
    this.uuid = uuid;
    this.name = name;
    this.#controls = controls;
    this.#decode = decode;
    this.#upstream = upstream;
  }

  /**
   * The task's result, as soon as there is one: pushed where the backend can, polled where not.
   *
   * @throws TaskError (`ERR_TASK_FAILED`) with the task's own message when it failed
   * @throws MachineryError `ERR_TIMEOUT`, `ERR_ABORTED`, `ERR_STATE_CORRUPT`, or `ERR_RESULT_*` for results that are not the contract's
   */
  get(options: GetOptions = {}): Promise<Result> {
    if (options.onProgress) return this.#lookingOn(options, options.onProgress, (rest) => this.get(rest));
    if (this.#upstream.length > 0) return this.#withUpstream(options).then((state) => this.#resultOf(state));
    return new Promise((resolve, reject) => {
      const onEnd = (state: TaskState): void => {
        try {
          resolve(this.#resultOf(state));
        } catch (error) {
          reject(error);
        }
      };
      this.#controls.results.wait(this.uuid, options, onEnd, reject);
    });
  }

  /** The result if the task has succeeded, `undefined` while it has not ended; throws as `get` does. Machinery's `Touch`. */
  async touch(): Promise<Result | undefined> {
    const state = await this.#controls.results.readState(this.uuid);
    return state?.isCompleted() ? this.#resultOf(state) : undefined;
  }

  /**
   * The task's state as stored now.
   *
   * @throws MachineryError `ERR_STATE_UNKNOWN` where the backend holds none (expired, or never sent)
   */
  async getState(): Promise<TaskState> {
    const state = await this.#controls.results.readState(this.uuid);
    if (state) return state;
    throw new MachineryError("ERR_STATE_UNKNOWN", "the result backend holds no state.", {
      at: this.uuid,
      hint: "It may have expired, or sender and reader use different result backends.",
    });
  }

  /**
   * The task's states as they change, from the one stored now to the terminal one. Where they change fast, or the backend cannot
   * push, some may be passed over.
   *
   * @throws MachineryError `ERR_TIMEOUT`, `ERR_ABORTED`, `ERR_STATE_CORRUPT`
   */
  states(options: GetOptions = {}): AsyncIterable<TaskState> {
    if (options.onProgress) return this.#statesLookingOn(options, options.onProgress);
    return this.#controls.results.watchStates(this.uuid, options);
  }

  /**
   * Cancels the task, as `server.cancel` does, and, where it is the last of a chain or the callback of a chord that end with their first
   * failure, the tasks before it.
   */
  async cancel(): Promise<Cancellation> {
    const [cancellation] = await this.#controls.canceller.cancel([this.uuid, ...this.#upstream]);
    return cancellation!;
  }

  async #lookingOn<T>(
    options: GetOptions,
    onProgress: (progress: Progress) => void,
    wait: (rest: GetOptions) => Promise<T>,
  ): Promise<T> {
    const onlooker = new Onlooker(options, onProgress);
    const end = this.#controls.progress.listen(this.uuid, onlooker.hear);
    try {
      return await wait(onlooker.rest);
    } catch (error) {
      throw onlooker.failure?.error ?? error;
    } finally {
      await end();
    }
  }

  async *#statesLookingOn(options: GetOptions, onProgress: (progress: Progress) => void): AsyncGenerator<TaskState> {
    const onlooker = new Onlooker(options, onProgress);
    const end = this.#controls.progress.listen(this.uuid, onlooker.hear);
    try {
      yield* this.#controls.results.watchStates(this.uuid, onlooker.rest);
    } catch (error) {
      throw onlooker.failure?.error ?? error;
    } finally {
      await end();
    }
  }

  /** The task's own end, or the first failure before it. */
  async #withUpstream(options: GetOptions): Promise<TaskState> {
    const enough = new AbortController();
    const signal = options.signal ? AbortSignal.any([options.signal, enough.signal]) : enough.signal;
    let failed: TaskState | undefined;
    const stop = this.#controls.results.watchFailures(this.#upstream, (state) => {
      failed ??= state;
      enough.abort();
    });
    try {
      return await this.#controls.results.waitFor(this.uuid, { ...options, signal });
    } catch (error) {
      if (failed) return failed;
      throw error;
    } finally {
      stop();
    }
  }

  #resultOf(state: TaskState): Result {
    if (state.isFailure()) throw new TaskError(state.taskUuid, state.taskName || this.name, state.error);
    return this.#decode(state.results ?? []) as Result;
  }
}
