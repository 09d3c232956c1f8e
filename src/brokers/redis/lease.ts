import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import type { RedisLink } from "../../redis/link.js";
import { type Clock, systemClock, type Timer } from "../../util/clock.js";
import { beat, leave, reap } from "./lease-scripts.js";
import type { QueueKeys } from "./queue-keys.js";

export interface LeaseParts {
  readonly redis: RedisLink;
  /** Queues whose keys one script may touch, together. */
  readonly groups: readonly (readonly QueueKeys[])[];
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  /** Told when others have taken this worker for dead. */
  readonly onLost: () => void;
}

/** How long a worker taken for dead is looked after, in milliseconds: twice as long as a command of its own may block. */
export const lingerMs = 10_000;
/** Others are looked after this many times in a lease, and every 5 seconds at least. */
const looksPerLease = 6;
const longestLookMs = 5_000;
/** How many messages of the dead one script gives back. */
const mostAtOnce = 100;

/**
 * A consumer's name among the workers of its queues, and the lease on it: a heartbeat, by the server's clock. Whoever is silent for longer
 * than its lease is taken for dead, for good: it goes on under a new name. Also looks after the others.
 */
export class Lease {
  readonly #parts: LeaseParts;
  readonly #clock: Clock = systemClock;
  #name = "";
  #entering: Promise<void> | undefined;
  #heartbeat: Timer | undefined;
  #look: Timer | undefined;
  #looking: Promise<void> | undefined;

  constructor(parts: LeaseParts) {
    this.#parts = parts;
  }

  /** Under which the server keeps what this consumer holds; never used again after a loss. `""` if there is none yet. */
  get name(): string {
    return this.#name;
  }

  /** Takes a name, if there is none, and shows life from now on. */
  async hold(): Promise<void> {
    if (this.#name !== "" && this.#heartbeat !== undefined) return;
    this.#entering ??= this.#enter().finally(() => {
      this.#entering = undefined;
    });
    await this.#entering;
  }

  /** The name is no longer good. */
  lose(name: string): void {
    if (name === this.#name) this.#name = "";
  }

  /** Falls silent. */
  silence(): void {
    this.#heartbeat?.cancel();
    this.#look?.cancel();
    this.#heartbeat = undefined;
    this.#look = undefined;
  }

  /** Gives back all that is held under the name, and leaves. `settled`: nothing can come late. */
  async leave(settled: boolean): Promise<void> {
    this.silence();
    await this.#entering?.catch(() => {});
    await this.#looking;
    const name = this.#name;
    this.#name = "";
    if (name === "") return;
    const { redis, groups } = this.#parts;
    await Promise.all(
      groups.flat().map((keys) => {
        return redis.run(leave, [keys.name, keys.heldBy(name), keys.workers], [name, settled ? 0 : lingerMs]);
      }),
    );
  }

  async #enter(): Promise<void> {
    const { heartbeatMs } = this.#parts;
    // A name from before a silence may have been lost in the meantime.
    if (this.#name === "" || !(await this.#tell(this.#name, false))) {
      const name = newName();
      await this.#tell(name, true);
      this.#name = name;
    }
    this.#heartbeat ??= this.#clock.after(heartbeatMs, () => this.#beat());
    if (this.#look === undefined) this.#lookAfterOthers();
  }

  /** Shows life under that name; false if it is no longer good. */
  async #tell(name: string, isNew: boolean): Promise<boolean> {
    const { redis, groups, leaseMs } = this.#parts;
    const args = [name, leaseMs, ...(isNew ? ["new"] : [])];
    const answers = await Promise.all(
      groups.map((group) =>
        redis.run(
          beat,
          group.map(({ workers }) => workers),
          args,
        ),
      ),
    );
    const good = answers.every((answer) => answer === 1);
    if (!good) {
      this.lose(name);
      this.#parts.onLost();
    }
    return good;
  }

  #beat(): void {
    // First of all: whatever fails must not end the heartbeat.
    const timer = this.#clock.after(this.#parts.heartbeatMs, () => this.#beat());
    this.#heartbeat = timer;
    const name = this.#name;
    if (name === "" || this.#entering) return;
    // It fails only where the server cannot be reached; then whoever takes or settles is told.
    void this.#tell(name, false).catch(() => {});
  }

  #lookAfterOthers(): void {
    const { leaseMs } = this.#parts;
    const pauseMs = Math.min(leaseMs / looksPerLease, longestLookMs);
    this.#look = this.#clock.after(pauseMs * (0.8 + 0.4 * Math.random()), () => this.#lookAfterOthers());
    this.#looking ??= this.#reapAll()
      .catch(() => {})
      .finally(() => {
        this.#looking = undefined;
      });
  }

  /** Gives back what the dead hold. After the heartbeat of a process that has slept it might be its own, and that is right. */
  async #reapAll(): Promise<void> {
    const { redis, groups } = this.#parts;
    await Promise.all(
      groups.flat().map(async (keys) => {
        for (let moved = mostAtOnce; moved === mostAtOnce && this.#look !== undefined; ) {
          const scriptKeys = [keys.name, keys.workers, keys.crashes];
          moved = Number(await redis.run(reap, scriptKeys, [keys.heldPrefix, mostAtOnce, lingerMs]));
        }
      }),
    );
  }
}

/** Says where the worker runs, for people, and is used once. */
function newName(): string {
  const host = hostname()
    .replaceAll(/[^A-Za-z0-9.-]/g, "-")
    .slice(0, 64);
  return `${host}-${process.pid}-${randomBytes(8).toString("hex")}`;
}
