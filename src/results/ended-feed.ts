import type { Broker, Listening } from "../brokers/broker.js";
import type { Clock } from "../util/clock.js";
import { newTaskId } from "../util/ids.js";
import { decodeEnded, endedTopic } from "../wire/notices.js";

/** Hears from workers over the broker which tasks have ended, where the result backend tells of nothing. */
export class EndedFeed {
  /** What senders put into their messages, so that workers know whom to tell. */
  readonly topic: string;
  readonly #broker: Broker;
  #listening: Promise<Listening | undefined> | undefined;

  constructor(broker: Broker, clock: Clock) {
    this.topic = endedTopic(newTaskId(clock.now()));
    this.#broker = broker;
  }

  /** Begins to listen, unless it does already. Where the broker cannot be reached, the next call tries again. */
  begin(onEnded: (ids: readonly string[]) => void): void {
    this.#listening ??= this.#broker
      .listen(this.topic, (body) => onEnded(decodeEnded(body)))
      .catch(() => {
        this.#listening = undefined;
        return undefined;
      });
  }

  async close(): Promise<void> {
    await (await this.#listening)?.close();
  }
}
