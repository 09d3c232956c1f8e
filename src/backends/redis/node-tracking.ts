import type { RedisLink } from "../../redis/link.js";
import { type ChannelListener, INVALIDATIONS, type Subscriber } from "../../redis/subscriber.js";
import { hear } from "./hearing.js";
import { readTexts, readTrackedAt } from "./reading.js";

export interface NodeTrackingParts {
  readonly link: RedisLink;
  readonly signal: AbortSignal;
  /** Told of keys that have changed. */
  readonly onChange: ChannelListener;
  /** Told when a node is heard of (again): what it told before may have been missed. */
  readonly onReset: () => void;
}

/** Reads states in a cluster such that the nodes tell when one of them changes next: each of its own, to a subscriber there. */
export class NodeTracking {
  readonly #parts: NodeTrackingParts;
  readonly #heard = new WeakSet<Subscriber>();
  readonly #stops: (() => void)[] = [];

  constructor(parts: NodeTrackingParts) {
    this.#parts = parts;
  }

  async read(ids: readonly string[]): Promise<(string | null)[]> {
    return this.#read(ids, true);
  }

  stop(): void {
    for (const stop of this.#stops) stop();
  }

  async #read(ids: readonly string[], isFirst: boolean): Promise<(string | null)[]> {
    const texts: (string | null)[] = new Array(ids.length).fill(null);
    const nodes = await this.#parts.link.nodesOf(ids);
    await Promise.all(
      [...nodes].map(async ([node, places]) => {
        const ofNode = places.map((place) => ids[place]!);
        const found = await this.#readAt(node, ofNode, isFirst);
        for (const [i, place] of places.entries()) texts[place] = found[i]!;
      }),
    );
    return texts;
  }

  async #readAt(node: string, ids: readonly string[], isFirst: boolean): Promise<(string | null)[]> {
    const { link } = this.#parts;
    const subscriber = link.subscriberAt(node);
    if (!this.#heard.has(subscriber)) void this.#hear(subscriber);
    const { id } = subscriber;
    if (id === 0) return readTexts(link, ids);
    try {
      return await readTrackedAt(link, node, ids, id);
    } catch {
      // The slot is elsewhere now, or the connection broke: whoever has it says what there is, and the link learns who that is.
      const texts = await readTexts(link, ids);
      return isFirst ? this.#read(ids, false) : texts;
    }
  }

  async #hear(subscriber: Subscriber): Promise<void> {
    const { signal, onChange, onReset } = this.#parts;
    this.#heard.add(subscriber);
    await hear(subscriber, INVALIDATIONS, onChange, signal, this.#stops);
    if (signal.aborted) return;
    this.#stops.push(subscriber.onReset(onReset));
    onReset();
  }
}
