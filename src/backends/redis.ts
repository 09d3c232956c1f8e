import type { Broker, Consumer, Message, PublishOutcome, Settlement, SettleOutcome } from "../brokers/broker.js";
import { MachineryError } from "../errors.js";
import type { Fusing, Pushing } from "../redis/fusing.js";
import { openRedis, type RedisLink } from "../redis/link.js";
import type { RedisOptions } from "../redis/options.js";
import type {
  Announce,
  Backend,
  BackendCapabilities,
  Commit,
  Continue,
  GateAnswer,
  GroupMember,
  GroupRecord,
  StateListener,
  StateWrite,
  UnsentChords,
  Watch,
  WriteOutcome,
} from "./backend.js";
import { Feed } from "./redis/feed.js";
import { Groups } from "./redis/groups.js";
import { takeLease } from "./redis/lease.js";
import { RedisNews } from "./redis/news.js";
import { announceStates, commitStates, continueStates } from "./redis/one-step.js";
import { readTexts } from "./redis/reading.js";
import { writeStates } from "./redis/states.js";

export const redisBackendCapabilities: BackendCapabilities = Object.freeze({
  keeps: true,
  push: true,
  atomicStates: true,
  atomicGate: true,
  persistent: true,
  shared: true,
  rereadable: true,
  evicts: false,
});

export interface RedisBackendOptions {
  readonly redis: RedisOptions;
  /** Workers of Go's may run members of chords, too. Default `true`. */
  readonly mixedFleet?: boolean;
  /** What those workers have in common that may send each other's callbacks: their broker, and their default queue. Default: nothing. */
  readonly fleet?: string;
}

/**
 * Opens a result backend on Redis 6.2 or newer, or a Redis Cluster, with Machinery's keys: states and groups' records as JSON under
 * their ids. It shares its connections with a broker on the same Redis.
 *
 * @throws MachineryError `ERR_BACKEND` if the server cannot be reached, refuses us, or may not be used; the message says why
 */
export async function openRedisBackend({ redis, mixedFleet = true, fleet = "" }: RedisBackendOptions): Promise<Backend> {
  return new RedisBackend(await openRedis(redis, "ERR_BACKEND"), mixedFleet, fleet);
}

class RedisBackend implements Backend {
  readonly capabilities = redisBackendCapabilities;
  readonly #shared: RedisLink;
  readonly #groups: Groups;
  readonly #feed: Feed;
  #closed: Promise<void> | undefined;

  constructor(link: RedisLink, mixedFleet: boolean, fleet: string) {
    this.#shared = link;
    this.#groups = new Groups(link, mixedFleet, fleet);
    this.#feed = new Feed(new RedisNews(link));
  }

  async write(writes: readonly StateWrite[]): Promise<WriteOutcome[]> {
    return writeStates(this.#link(), writes);
  }

  commitWith(consumer: Consumer): Commit | undefined {
    const fusing = this.#onThis<Fusing<Settlement, SettleOutcome>>(consumer, "settleBy");
    return fusing && ((writes, settlements) => commitStates(this.#link(), fusing, writes, settlements));
  }

  announceWith(broker: Broker): Announce | undefined {
    const pushing = this.#onThis<Pushing<Message, PublishOutcome>>(broker, "publishBy");
    return pushing && ((writes, messages) => announceStates(this.#link(), pushing, writes, messages));
  }

  continueWith(broker: Broker, consumer: Consumer): Continue | undefined {
    const pushing = this.#onThis<Pushing<Message, PublishOutcome>>(broker, "publishBy");
    const fusing = this.#onThis<Fusing<Settlement, SettleOutcome>>(consumer, "settleBy");
    if (pushing === undefined || fusing === undefined) return undefined;
    return (writes, messages, settlements) => continueStates(this.#link(), pushing, fusing, writes, messages, settlements);
  }

  /** The same, where it can run its scripts with ours: it has its keys where ours are. */
  #onThis<Other extends { readonly redis: RedisLink }>(other: object, verb: string & keyof Other): Other | undefined {
    const link = this.#link();
    const candidate = other as Partial<Other>;
    return !link.isCluster && candidate[verb] !== undefined && candidate.redis?.isSharedWith(link) ? (other as Other) : undefined;
  }

  async read(ids: readonly string[]): Promise<(string | null)[]> {
    return readTexts(this.#link(), ids);
  }

  async openGroup(group: GroupRecord): Promise<void> {
    this.#link();
    await this.#groups.open(group);
  }

  async readGroups(ids: readonly string[]): Promise<(string | null)[]> {
    return readTexts(this.#link(), ids);
  }

  async memberDone(members: readonly GroupMember[]): Promise<GateAnswer[]> {
    this.#link();
    return this.#groups.memberDone(members);
  }

  async chordSent(groupIds: readonly string[]): Promise<void> {
    this.#link();
    await this.#groups.chordSent(groupIds);
  }

  get unsent(): UnsentChords | undefined {
    return this.#groups.unsent;
  }

  async lease(key: string, owner: string, ttlMs: number): Promise<boolean> {
    return takeLease(this.#link(), key, owner, ttlMs);
  }

  watch(listener: StateListener): Watch {
    this.#link();
    return this.#feed.watch(listener);
  }

  async purge(ids: readonly string[]): Promise<void> {
    this.#link();
    await this.#groups.purge(ids);
  }

  close(): Promise<void> {
    if (this.#closed === undefined) {
      this.#feed.close();
      this.#closed = this.#shared.close();
    }
    return this.#closed;
  }

  #link(): RedisLink {
    if (this.#closed) throw new MachineryError("ERR_CLOSED", "the Redis backend was closed before.");
    return this.#shared;
  }
}
