import type { RedisLink } from "../../redis/link.js";
import { type ChannelListener, INVALIDATIONS, type SubscriberMessage } from "../../redis/subscriber.js";
import { channelOf, idIn, linesOf, newTopic } from "./announcements.js";
import type { FeedListener, FeedSource } from "./feed.js";
import { hear } from "./hearing.js";
import { NodeTracking } from "./node-tracking.js";
import { readTexts, readTracked } from "./reading.js";

/** What a Redis tells a feed: states that workers announce, and keys that have changed, whoever changed them. */
export class RedisNews implements FeedSource {
  readonly topic = newTopic();
  readonly #link: RedisLink;
  readonly #stopped = new AbortController();
  readonly #stops: (() => void)[] = [];
  #listener: FeedListener | undefined;
  #hearsAll = false;
  readonly #nodes: NodeTracking | undefined;
  /** The subscriber's number under which the connection for commands knows it; 0: it does not. */
  #tracksFor = 0;

  constructor(link: RedisLink) {
    this.#link = link;
    if (link.isCluster) {
      this.#nodes = new NodeTracking({
        link,
        signal: this.#stopped.signal,
        onChange: this.#hearChanges,
        onReset: () => this.#listener?.reset(),
      });
    }
  }

  async read(ids: readonly string[], tracked: boolean): Promise<(string | null)[]> {
    if (!tracked) return readTexts(this.#link, ids);
    if (this.#nodes !== undefined) return this.#nodes.read(ids);
    const { id } = this.#link.subscriber;
    if (id === 0) return readTexts(this.#link, ids);
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
      this.#nodes?.stop();
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

  #hear(channel: string, listener: ChannelListener): Promise<void> {
    return hear(this.#link.subscriber, channel, listener, this.#stopped.signal, this.#stops);
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
