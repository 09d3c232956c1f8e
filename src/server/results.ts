import type { Backend } from "../backends/backend.js";
import type { Broker } from "../brokers/broker.js";
import { AsyncResult, type ResultControls } from "../results/async-result.js";
import { Canceller } from "../results/canceller.js";
import { EndedFeed } from "../results/ended-feed.js";
import { NoResults } from "../results/no-results.js";
import { ProgressFeed } from "../results/progress-feed.js";
import { Waiter } from "../results/waiter.js";
import type { Clock } from "../util/clock.js";
import type { WireArg } from "../wire/signature.js";

export interface ResultsParts {
  readonly broker: Broker;
  readonly backend: Backend;
  readonly clock: Clock;
  readonly resultTtlMs: number;
}

/** What AsyncResults of one server read, wait and act by: as much of it as its broker and its backend can do. */
export class Results {
  readonly controls: ResultControls;
  /** Absent where the backend keeps no results. */
  readonly #waiter: Waiter | undefined;

  constructor(parts: ResultsParts) {
    const { broker, backend, clock, resultTtlMs } = parts;
    const { keeps, push } = backend.capabilities;
    const feed = keeps && !push && broker.capabilities.notices ? new EndedFeed(broker, clock) : undefined;
    this.#waiter = keeps ? new Waiter(backend, clock, resultTtlMs, feed) : undefined;
    this.controls = {
      results: this.#waiter ?? new NoResults(),
      canceller: new Canceller(parts),
      progress: new ProgressFeed(broker),
    };
  }

  /** What workers reach this process by, to tell it of results. */
  get topic(): string | undefined {
    return this.#waiter?.topic;
  }

  of<Result>(uuid: string, decode: (results: readonly WireArg[]) => Result): AsyncResult<Result> {
    return new AsyncResult<Result>(uuid, "", this.controls, decode);
  }

  /** Fails every wait with `ERR_CLOSED`. */
  close(): void {
    this.#waiter?.close();
  }
}
