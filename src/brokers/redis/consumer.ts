import { MachineryError } from "../../errors.js";
import type { CommandArgument } from "../../redis/command.js";
import type { Fusing, RunScript } from "../../redis/fusing.js";
import type { RedisLink } from "../../redis/link.js";
import { Bag } from "../../util/bag.js";
import { type Clock, delay, systemClock } from "../../util/clock.js";
import type { ConsumeOptions, Consumer, Delivery, Settlement, SettleOutcome } from "../broker.js";
import { Claim } from "./claim.js";
import type { Delayed } from "./delayed.js";
import { Lease } from "./lease.js";
import type { QueueKeys } from "./queue-keys.js";
import { QueueWatch } from "./queue-watch.js";
import { adopt, claim } from "./scripts.js";
import { Settler } from "./settler.js";

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
/** What is held on the server is compared with what is known at least this often, in milliseconds. */
const compareMs = 30_000;

/**
 * One worker's claims. The server keeps what it holds in a list of its own, under a name that others find in the queue's set of
 * workers. Answers may get lost on the way: then the list says what really happened.
 */
export class RedisConsumer implements Consumer, Fusing<Settlement, SettleOutcome> {
  readonly #parts: ConsumerParts;
  readonly #clock: Clock = systemClock;
  readonly #lease: Lease;
  readonly #settler: Settler;
  readonly #watches: readonly QueueWatch[];
  /** Queues whose keys one script may touch, together. */
  readonly #groups: readonly (readonly QueueKeys[])[];
  readonly #held = new Bag<Claim>();
  /** Claims that were found on the server, for the next take. */
  readonly #found: Claim[] = [];
  readonly #ending = new AbortController();
  #claims = 0;
  #turn = 0;
  #taking: Promise<Claim[]> | undefined;
  #silence = new AbortController();
  /** Ends a wait for room. */
  #onRoom: (() => void) | undefined;
  /** Ends a wait for messages. */
  #onCall: (() => void) | undefined;
  #failure: Error | undefined;
  /** An answer to a claim got lost. */
  #doubtful = false;
  #comparedAt: number;
  #closed: Promise<void> | undefined;

  constructor(parts: ConsumerParts) {
    this.#parts = parts;
    const { redis, queues, options, delayed } = parts;
    const { leaseMs = defaultLeaseMs, heartbeatMs = Number.POSITIVE_INFINITY } = options;
    this.#groups = redis.isCluster ? queues.map((keys) => [keys]) : [queues];
    this.#lease = new Lease({
      redis,
      groups: this.#groups,
      leaseMs,
      heartbeatMs: Math.min(heartbeatMs, leaseMs / beatsPerLease, 5_000),
      onLost: () => this.#loseHeld(),
    });
    this.#settler = new Settler({ redis, delayed, leaseMs, groups: this.#groups });
    this.#watches = queues.map((keys) => new QueueWatch(redis, keys));
    this.#comparedAt = this.#clock.now();
  }

  get redis(): RedisLink {
    return this.#parts.redis;
  }

  readonly #run: RunScript = ({ script, keys, args }) => this.redis.run(script, keys, args);

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
    if (this.#silence.signal.aborted) this.#silence = new AbortController();
    const ends = [this.#ending.signal, this.#silence.signal];
    this.#taking = this.#take(max, AbortSignal.any(signal ? [...ends, signal] : ends)).finally(() => {
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
      const one = settlements[i]!.delivery;
      if (!(one instanceof Claim) || one.settling || !this.#held.has(one)) continue;
      one.settling = true;
      ours.push(i);
    }
    if (ours.length === 0) return outcomes;
    const { name } = this.#lease;
    let answer: Awaited<ReturnType<Settler["settle"]>>;
    try {
      answer = await this.#settler.settle(
        name,
        ours.map((i) => settlements[i]!),
        run,
      );
    } finally {
      for (const i of ours) (settlements[i]!.delivery as Claim).settling = false;
    }
    for (const [n, i] of ours.entries()) if (answer.ended[n]) outcomes[i] = "ok";
    if (!answer.known) {
      this.#lease.lose(name);
      this.#loseHeld();
    }
    for (const i of ours) this.#held.delete(settlements[i]!.delivery as Claim);
    this.#onRoom?.();
    return outcomes;
  }

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
    this.#silence.abort();
    for (const watch of this.#watches) watch.drop();
  }

  /** Ends the next take with this error, since nobody else is there to be told. */
  fail(error: Error): void {
    this.#failure = error;
    this.#callBack();
  }

  async #close(): Promise<void> {
    this.#ending.abort();
    await this.#taking?.catch(() => {});
    await Promise.all(this.#watches.map((watch) => watch.close()));
    this.#held.empty();
    this.#found.length = 0;
    this.#parts.onClose(this);
    await this.#lease.leave(!this.#doubtful && this.#watches.every((watch) => !watch.doubtful));
  }

  async #take(max: number, signal: AbortSignal): Promise<Claim[]> {
    for (;;) {
      const failure = this.#failure;
      this.#failure = undefined;
      if (failure !== undefined) throw failure;
      if (signal.aborted) return [];
      await this.#lease.hold();
      if (this.#mustCompare()) await this.#compare();
      if (this.#found.length > 0) return this.#found.splice(0, max);
      const wanted = Math.min(max, this.#parts.options.capacity - this.#held.size);
      if (wanted <= 0) {
        await this.#woken(signal);
        continue;
      }
      const claimed = await this.#claim(wanted);
      if (claimed.length > 0) return claimed;
      if (signal.aborted) return [];
      // What was lost at that moment is to be taken under another name.
      if (this.#lease.name === "") continue;
      const arrived = await this.#wait(wanted, signal);
      if (arrived.length > 0) return arrived;
    }
  }

  /** What there is, in one round trip; in a cluster, in one a queue, all at once. */
  async #claim(wanted: number): Promise<Claim[]> {
    const { name } = this.#lease;
    const groups = this.#groups;
    const share = Math.max(1, Math.floor(wanted / groups.length));
    const start = this.#turn;
    const asked = groups.length === 1 ? groups : groups.map((_, i) => groups[(start + i) % groups.length]!).slice(0, wanted);
    const settled = await Promise.allSettled(asked.map((group) => this.#claimFrom(group, name, share)));
    if (groups.length > 1) this.#turn = (start + 1) % groups.length;
    const claims: Claim[] = [];
    let failure: unknown;
    for (const one of settled) {
      if (one.status === "fulfilled") claims.push(...one.value);
      else failure = one.reason;
    }
    if (failure !== undefined) {
      if ((failure as { code?: unknown }).code === "ERR_AMBIGUOUS") this.#doubtful = true;
      if (claims.length === 0) throw failure;
    }
    return claims;
  }

  async #claimFrom(group: readonly QueueKeys[], name: string, max: number): Promise<Claim[]> {
    const { redis, options } = this.#parts;
    const keys: string[] = [];
    for (const queue of group) keys.push(queue.name, queue.heldBy(name), queue.workers, queue.crashes);
    const turn = group.length > 1 ? this.#turn : 0;
    const args: CommandArgument[] = [name, max, turn, options.leaseMs ?? defaultLeaseMs];
    const answer = (await redis.run(claim, keys, args)) as [number, number, number[], number[], Buffer[]];
    if (answer[0] === 0) {
      this.#lease.lose(name);
      this.#loseHeld();
      return [];
    }
    const [, next, queues, crashes, bodies] = answer;
    if (group.length > 1) this.#turn = next;
    const claims: Claim[] = new Array(bodies.length);
    for (let i = 0; i < bodies.length; i++) claims[i] = this.#hold(group[queues[i] ?? 0]!, bodies[i]!, crashes[i] ?? 0);
    return claims;
  }

  #hold(keys: QueueKeys, body: Buffer, crashes: number): Claim {
    const one = new Claim(keys, body, crashes, ++this.#claims);
    this.#held.add(one);
    return one;
  }

  /** Waits on all queues until one has brought something, or for a while. What comes beyond `wanted` goes back. */
  async #wait(wanted: number, signal: AbortSignal): Promise<Claim[]> {
    const { name } = this.#lease;
    const enough = new AbortController();
    const stop = (): void => enough.abort();
    signal.addEventListener("abort", stop);
    const timer = this.#clock.after(compareMs, stop);
    this.#onCall = stop;
    const arrived: Claim[] = [];
    try {
      if (signal.aborted) return [];
      const waits = this.#watches.map((watch) => this.#waitOn(watch, name, arrived, enough));
      const aborted = new Promise<void>((resolve) => enough.signal.addEventListener("abort", () => resolve(), { once: true }));
      await aborted;
      await Promise.all(this.#watches.map((watch) => watch.end()));
      const settled = await Promise.allSettled(waits);
      const failed = settled.find((one) => one.status === "rejected");
      if (failed !== undefined && arrived.length === 0) await this.#bear(failed.reason, signal);
    } finally {
      timer.cancel();
      signal.removeEventListener("abort", stop);
      this.#onCall = undefined;
    }
    const excess = arrived.splice(wanted);
    if (excess.length > 0) await this.settle(excess.map((delivery) => ({ delivery, as: "release" })));
    return arrived;
  }

  async #waitOn(watch: QueueWatch, name: string, arrived: Claim[], enough: AbortController): Promise<void> {
    try {
      while (!enough.signal.aborted) {
        const arrival = await watch.wait(name);
        // What comes after a loss is in a list that others give back.
        if (this.#lease.name !== name) return;
        if (arrival === undefined) continue;
        arrived.push(this.#hold(watch.keys, arrival.body, arrival.crashes));
        return;
      }
    } finally {
      enough.abort();
    }
  }

  /** A wait has failed: a broken connection shows with the next claim, and a server that is full is asked again a little later. */
  async #bear(error: unknown, signal: AbortSignal): Promise<void> {
    const { code, message } = error as MachineryError;
    if (code === "ERR_AMBIGUOUS" || /refused: (?:UNBLOCKED|MOVED|ASK|READONLY|CLUSTERDOWN|LOADING) /.test(message)) return;
    if (!message.includes("refused: OOM ")) throw error;
    await delay(this.#clock, this.#parts.pollMs, signal, true);
  }

  #mustCompare(): boolean {
    return this.#doubtful || this.#watches.some((watch) => watch.doubtful) || this.#clock.now() - this.#comparedAt >= compareMs;
  }

  /**
   * Takes on what the server keeps under this consumer's name and this consumer does not know of. To be called only while nothing is being
   * claimed.
   */
  async #compare(): Promise<void> {
    const { redis, queues } = this.#parts;
    const { name } = this.#lease;
    // Settlements go on meanwhile: what is known counts as of the moment of asking.
    const known = [...this.#held];
    const lists = await Promise.all(
      queues.map(async (keys) => (await redis.run(adopt, [keys.heldBy(name), keys.crashes], [])) as [number[], Buffer[]]),
    );
    if (this.#lease.name !== name) return;
    for (const [q, [crashes, bodies]] of lists.entries()) {
      const keys = queues[q]!;
      const ours = countBodies(known.filter((one) => one.keys === keys));
      for (const [i, body] of bodies.entries()) {
        const text = body.toString("latin1");
        const count = ours.get(text) ?? 0;
        if (count > 0) ours.set(text, count - 1);
        else this.#found.push(this.#hold(keys, body, crashes[i] ?? 0));
      }
    }
    this.#doubtful = false;
    for (const watch of this.#watches) watch.clearDoubt();
    this.#comparedAt = this.#clock.now();
  }

  /** Resolves when there may be room, or something else to see to. */
  #woken(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        signal.removeEventListener("abort", wake);
        this.#onRoom = undefined;
        resolve();
      };
      this.#onRoom = wake;
      signal.addEventListener("abort", wake, { once: true });
      if (signal.aborted) wake();
    });
  }

  #callBack(): void {
    this.#onRoom?.();
    this.#onCall?.();
  }

  #loseHeld(): void {
    this.#callBack();
    this.#found.length = 0;
    const lost = this.#held.empty().sort((a, b) => a.number - b.number);
    if (lost.length > 0) this.#parts.options.onLost?.(lost);
  }
}

function countBodies(claims: readonly Claim[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { body } of claims) {
    const text = body.toString("latin1");
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return counts;
}
