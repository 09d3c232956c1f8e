import type { Broker, Listening } from "../brokers/broker.js";
import { decodeProgress, type Progress, progressTopic } from "../wire/notices.js";

/** Hears how far tasks have come, where the broker carries notices; elsewhere it is silent. */
export class ProgressFeed {
  readonly #broker: Broker;

  constructor(broker: Broker) {
    this.#broker = broker;
  }

  /** Begins to listen, and returns what ends it; a broker that cannot be reached is for the wait itself to complain of. */
  listen(uuid: string, onProgress: (progress: Progress) => void): () => Promise<void> {
    const listening: Promise<Listening | undefined> = this.#broker.capabilities.notices
      ? this.#broker
          .listen(progressTopic(uuid), (body) => {
            const progress = decodeProgress(body);
            if (progress) onProgress(progress);
          })
          .catch(() => undefined)
      : Promise.resolve(undefined);
    return async () => (await listening)?.close();
  }
}
