import type { RedisLink } from "../../redis/link.js";
import { type ChannelListener, INVALIDATIONS, type SubscriberMessage } from "../../redis/subscriber.js";
import { delay, systemClock } from "../../util/clock.js";
import { channelOf, idIn, linesOf, newTopic } from "./announcements.js";
import type { FeedListener, FeedSource } from "./feed.js";
import { readTexts, readTracked } from "./reading.js";

const pauseMs = 1_000;

/** What a Redis tells a feed: states that workers announce, and keys that have changed, whoever changed them. */
export class RedisNews implements FeedSource {
  readonly topic = newTopic();
  readonly #link: RedisLink;
  readonly #stopped = new AbortController();
  readonly #stops: (() => void)[] = [];
  #listener: FeedListener | undefined;
  #hearsAll = false;
  /** The subscriber's number under which the connection for commands knows it; 0: it does not. */
  #tracksFor = 0;

  constructor(link: RedisLink) {
    this.#link = link;
  }

  async read(ids: readonly string[], tracked: boolean): Promise<(string | null)[]> {
    const { id } = this.#link.subscriber;
    if (!tracked || id === 0 || this.#link.isCluster) return readTexts(this.#link, ids);
    const isKnown = this.#tracksFor === id;
    this.#tracksFor = id;
    return readTracked(this.#link, ids, isKnown ? 0 : id);
  }

  listen(listener: FeedListener): () => void {
    this.#listener = listener;
    void this.#listen(listener);
    return () => {
      this.#stopped.abort();
      for (const stop of this.#stops) stop();
    };
  }

  listenToAll(): void {
    if (this.#hearsAll) return;
    this.#hearsAll = true;
    void this.#hear(channelOf(this.topic, false), this.#hearStates);
  }

  async #listen(listener: FeedListener): Promise<void> {
    await Promise.all([this.#hear(INVALIDATIONS, this.#hearChanges), this.#hear(channelOf(this.topic, true), this.#hearStates)]);
    if (this.#stopped.signal.aborted) return;
    this.#stops.push(
      this.#link.subscriber.onReset(() => listener.reset()),
      this.#link.onConnect(() => {
        this.#tracksFor = 0;
        listener.reset();
      }),
    );
    listener.reset();
  }

  /** Resolves once the channel is heard, however long there is no connection. */
  async #hear(channel: string, hear: ChannelListener): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      try {
        const stop = await this.#link.subscriber.subscribe(channel, hear);
        if (signal.aborted) stop();
        else this.#stops.push(stop);
        return;
      } catch {
        await delay(systemClock, pauseMs, signal);
      }
    }
  }

  readonly #hearStates = (message: SubscriberMessage): void => {
    if (!Buffer.isBuffer(message)) return;
    for (const line of linesOf(message)) {
      const id = idIn(line);
      if (id === undefined) this.#listener?.changed(line);
      else this.#listener?.announced(id, line);
    }
  };

  readonly #hearChanges = (message: SubscriberMessage): void => {
    if (message === null) this.#listener?.reset();
    else if (!Buffer.isBuffer(message)) for (const key of message as readonly Buffer[]) this.#listener?.changed(key.toString());
  };
}
