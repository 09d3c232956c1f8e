import type { Broker } from "../brokers/broker.js";
import type { Clock } from "../util/clock.js";
import { Throttle } from "../util/throttle.js";
import { encodeProgress, type Progress, progressTopic } from "../wire/notices.js";

/** How often a worker tells of progress, in milliseconds: of all its tasks together, in one batch. */
const everyMs = 100;

/** Tells how far the tasks of a worker have come: of each the latest, to whoever listens. */
export class ProgressTeller {
  readonly #broker: Broker;
  readonly #latest = new Map<string, Progress>();
  readonly #throttle: Throttle<void>;

  constructor(broker: Broker, clock: Clock) {
    this.#broker = broker;
    this.#throttle = new Throttle(clock, everyMs, () => this.#send());
  }

  tell(uuid: string, progress: Progress): void {
    if (!this.#broker.capabilities.notices) return;
    this.#latest.set(uuid, progress);
    this.#throttle.offer();
  }

  /** Tells the last of it. */
  stop(): void {
    this.#throttle.flush();
  }

  #send(): void {
    const notices = [...this.#latest].map(([uuid, progress]) => ({ topic: progressTopic(uuid), body: encodeProgress(progress) }));
    this.#latest.clear();
    // It rejects only where the broker was closed, and then nobody is told anything any more.
    this.#broker.notify(notices).catch(() => {});
  }
}
