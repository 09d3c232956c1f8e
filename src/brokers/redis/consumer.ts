import { MachineryError } from "../../errors.js";
import type { Fusing, RunScript } from "../../redis/fusing.js";
import type { RedisLink } from "../../redis/link.js";
import { type Clock, systemClock } from "../../util/clock.js";
import type { ConsumeOptions, Consumer, Delivery, Settlement, SettleOutcome } from "../broker.js";
import { Claim } from "./claim.js";
import { Claimer } from "./claimer.js";
import type { Delayed } from "./delayed.js";
import { Holdings } from "./holdings.js";
import { Lease } from "./lease.js";
import type { QueueKeys } from "./queue-keys.js";
import { Settler } from "./settler.js";
import { Waiting } from "./waiting.js";

export interface ConsumerParts {
  readonly redis: RedisLink;
  readonly delayed: Delayed;
  readonly queues: readonly QueueKeys[];
  readonly options: ConsumeOptions;
  /** How often to look where the server refuses to wait, in milliseconds. */
  readonly pollMs: number;
  readonly onClose: (consumer: RedisConsumer) => void;
}

const defaultLeaseMs = 30_000;
/** A lease is renewed this many times in its length, at least. */
const beatsPerLease = 3;
const longestBeatMs = 5_000;
/**
 * With all that a worker has room for, it and the server would go in step, each waiting for the other: half is worked on while the other
 * half is on its way. Batches this small are not worth being made smaller.
 */
const smallBatch = 25;
/** What is held on the server is compared with what is known at least this often, in milliseconds. */
const compareMs = 30_000;

/**
 * One worker's claims. The server keeps what it holds in a list of its own, under a name that others find in the queue's set of
 * workers. Answers may get lost on the way: then the list says what really happened.
 */
export class RedisConsumer implements Consumer, Fusing<Settlement, SettleOutcome> {
  readonly redis: RedisLink;
  readonly #options: ConsumeOptions;
  readonly #onClose: (consumer: RedisConsumer) => void;
  readonly #clock: Clock = systemClock;
  readonly #lease: Lease;
  readonly #claimer: Claimer;
  readonly #waiting: Waiting;
  readonly #settler: Settler;
  readonly #held = new Holdings();
  /** Held, and not handed out yet. */
  #fresh: Claim[] = [];
  #taking: Promise<Claim[]> | undefined;
  /** The take under way is to end. */
  #isEnding = false;
  /** The last message had none behind it: the next one is waited for, without asking before whether it is there. */
  #isDrained = false;
  /** Has the take that waits for room look again. */
  #onRoom: (() => void) | undefined;
  #failure: Error | undefined;
  #comparedAt: number;
  readonly #stopHearing: () => void;
  #closed: Promise<void> | undefined;

  constructor({ redis, delayed, queues, options, pollMs, onClose }: ConsumerParts) {
    this.redis = redis;
    this.#options = options;
    this.#onClose = onClose;
    const { leaseMs = defaultLeaseMs, heartbeatMs = longestBeatMs } = options;
    // Queues whose keys one script may touch, together.
    const groups = redis.isCluster ? queues.map((keys) => [keys]) : [queues];
    this.#lease = new Lease({
      redis,
      groups,
      leaseMs,
      heartbeatMs: Math.min(heartbeatMs, leaseMs / beatsPerLease, longestBeatMs),
      onLost: () => this.#loseHeld(),
    });
    const hold = (keys: QueueKeys, body: Buffer, crashes: number): void => {
      this.#fresh.push(this.#held.add(keys, body, crashes));
    };
    this.#claimer = new Claimer({ redis, groups, leaseMs, onMessage: hold });
    this.#waiting = new Waiting({
      redis,
      queues,
      pollMs,
      onArrival: (keys, { worker, body, crashes }) => {
        // What comes after a loss is in a list that others give back.
        if (worker === this.#lease.name) hold(keys, body, crashes);
      },
    });
    this.#settler = new Settler({ redis, delayed, leaseMs, groups });
    this.#comparedAt = this.#clock.now();
    // The server may have come back with less than it had, or another one in its place.
    this.#stopHearing = redis.onConnect(() => {
      this.#comparedAt = 0;
    });
  }

  /** Takes its place among the workers. */
  async open(): Promise<void> {
    await this.#lease.hold();
  }

  /** Under which the server keeps what it holds. */
  get name(): string {
    return this.#lease.name;
  }

  async take(max: number, signal?: AbortSignal): Promise<Delivery[]> {
    if (this.#closed || signal?.aborted) return [];
    if (this.#taking) throw new MachineryError("ERR_BROKER", "Another take of this consumer still waits: one call at a time.");
    this.#isEnding = false;
    const end = (): void => this.#endTake();
    signal?.addEventListener("abort", end, { once: true });
    this.#taking = this.#take(max).finally(() => {
      signal?.removeEventListener("abort", end);
      this.#taking = undefined;
    });
    return this.#taking;
  }

  settle(settlements: readonly Settlement[]): Promise<SettleOutcome[]> {
    return this.settleBy(this.#run, settlements);
  }

  async settleBy(run: RunScript, settlements: readonly Settlement[]): Promise<SettleOutcome[]> {
    for (const settlement of settlements) {
      if (settlement.as === "delay" && settlement.body?.byteLength === 0) {
        throw new MachineryError("ERR_BROKER", "A message cannot be replaced by an empty one.");
      }
    }
    const outcomes: SettleOutcome[] = new Array(settlements.length).fill("lost");
    const ours: number[] = [];
    for (let i = 0; i < settlements.length; i++) {
      const claim = settlements[i]!.delivery;
      if (!(claim instanceof Claim) || claim.settling || !this.#held.has(claim)) continue;
      claim.settling = true;
      ours.push(i);
    }
    if (ours.length === 0) return outcomes;
    const { name } = this.#lease;
    const own = ours.length === settlements.length ? settlements : ours.map((i) => settlements[i]!);
    try {
      const { known, ended } = await this.#settler.settle(name, own, run);
      for (const [n, i] of ours.entries()) if (ended[n]) outcomes[i] = "ok";
      if (!known) this.#lose(name);
    } finally {
      for (const { delivery } of own) (delivery as Claim).settling = false;
    }
    for (const { delivery } of own) this.#held.delete(delivery as Claim);
    this.#onRoom?.();
    return outcomes;
  }

  readonly #run: RunScript = ({ script, keys, args }) => this.redis.run(script, keys, args);

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  /**
   * Falls silent like a process that was killed or suspended: no heartbeat, nothing given back, a waiting `take` gets nothing. A process
   * that goes on after all calls `take` or `settle` again. For tests.
   */
  abandon(): void {
    this.#lease.silence();
    this.#waiting.drop();
    this.#endTake();
  }

  /** Ends the next take with this error, since nobody else is there to be told. */
  fail(error: Error): void {
    this.#failure = error;
    this.#lookAgain();
  }

  async #close(): Promise<void> {
    this.#stopHearing();
    this.#endTake();
    await this.#taking?.catch(() => {});
    await this.#waiting.close();
    this.#held.empty();
    this.#onClose(this);
    await this.#lease.leave(!this.#claimer.doubtful && !this.#waiting.doubtful);
  }

  async #take(max: number): Promise<Claim[]> {
    for (;;) {
      this.#throwFailure();
      if (this.#isEnding) return [];
      await this.#lease.hold();
      if (this.#mustCompare()) await this.#compare();
      const room = this.#options.capacity - (this.#held.size - this.#fresh.length);
      const wanted = Math.min(max, room, Math.max(Math.ceil(this.#options.capacity / 2), smallBatch));
      if (this.#fresh.length === 0 && wanted > 0) await this.#claimOrWait(wanted);
      if (this.#fresh.length > 0) return this.#handOut(max);
      if (wanted <= 0) await this.#woken();
    }
  }

  async #claimOrWait(wanted: number): Promise<void> {
    const { name } = this.#lease;
    if (!this.#isDrained && !(await this.#claimer.claim(name, wanted))) return this.#lose(name);
    if (this.#fresh.length > 0 || this.#isEnding || this.#failure !== undefined || this.#lease.name !== name) return;
    this.#isDrained = false;
    const isFollowed = await this.#waiting.wait(name, compareMs);
    this.#isDrained = !isFollowed && this.#fresh.length > 0;
    // From each queue one may have come; what is too much goes back.
    const excess = this.#fresh.splice(wanted);
    if (excess.length > 0) await this.settle(excess.map((delivery) => ({ delivery, as: "release" })));
  }

  #handOut(max: number): Claim[] {
    if (this.#fresh.length > max) return this.#fresh.splice(0, max);
    const all = this.#fresh;
    this.#fresh = [];
    return all;
  }

  #mustCompare(): boolean {
    return this.#claimer.doubtful || this.#waiting.doubtful || this.#clock.now() - this.#comparedAt >= compareMs;
  }

  /** Takes on what the server keeps under this consumer's name and this consumer does not know of. */
  async #compare(): Promise<void> {
    const { name } = this.#lease;
    // Settlements go on meanwhile: what is known counts as of the moment of asking.
    const known = this.#held.all();
    const lists = await this.#claimer.list(name);
    if (this.#lease.name !== name) return;
    this.#fresh.push(...this.#held.addUnknown(lists, known));
    this.#waiting.clearDoubt();
    this.#comparedAt = this.#clock.now();
  }

  /** Resolves when there may be room, or something else to see to. */
  #woken(): Promise<void> {
    return new Promise((resolve) => {
      this.#onRoom = () => {
        this.#onRoom = undefined;
        resolve();
      };
      if (this.#isEnding) this.#onRoom();
    });
  }

  #throwFailure(): void {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure;
  }

  #endTake(): void {
    this.#isEnding = true;
    this.#lookAgain();
  }

  #lookAgain(): void {
    this.#onRoom?.();
    this.#waiting.end();
  }

  /** Others have taken the worker of that name for dead. */
  #lose(name: string): void {
    this.#lease.lose(name);
    this.#loseHeld();
  }

  #loseHeld(): void {
    this.#lookAgain();
    const unseen = new Set(this.#fresh);
    this.#fresh = [];
    const lost = this.#held.empty().filter((claim) => !unseen.has(claim));
    if (lost.length > 0) this.#options.onLost?.(lost);
  }
}
