import { createHash } from "node:crypto";
import { MachineryError } from "../../errors.js";
import { type BlockingConnection, blockSeconds } from "../../redis/blocking.js";
import type { RedisLink } from "../../redis/link.js";
import { type Clock, delay, systemClock } from "../../util/clock.js";
import { lingerMs } from "./lease.js";
import { enlist } from "./lease-scripts.js";
import type { QueueKeys } from "./queue-keys.js";

export interface Arrival {
  /** In whose list it is. */
  readonly worker: string;
  readonly body: Buffer;
  readonly crashes: number;
  /** Whether there are more behind it. */
  readonly isFollowed: boolean;
}

/** How often a blocked command is called back before its connection is given up, and how long between two calls in milliseconds. */
const mostCalls = 50;
const callPauseMs = 2;

/**
 * Waits for the next message of one queue, on a connection of its own, by a command that blocks on the server and moves the message into
 * the worker's list: the one way that makes no noise while nothing happens.
 */
export class QueueWatch {
  readonly keys: QueueKeys;
  readonly #redis: RedisLink;
  readonly #connection: BlockingConnection;
  readonly #clock: Clock = systemClock;
  #waiting: Promise<Arrival | undefined> | undefined;
  /** The server may still carry out a command whose answer nobody will see. */
  #doubtful = false;

  constructor(redis: RedisLink, keys: QueueKeys) {
    this.keys = keys;
    this.#redis = redis;
    this.#connection = redis.openBlocking(keys.name);
  }

  /** Whether a message may have come, or may yet come, of which this does not know. */
  get doubtful(): boolean {
    return this.#doubtful;
  }

  /** The list has been compared with what is known. */
  clearDoubt(): void {
    this.#doubtful = false;
  }

  /** Waits a few seconds for a message, and resolves with none if none has come. Rejects as the connection does. */
  wait(worker: string): Promise<Arrival | undefined> {
    this.#waiting ??= this.#wait(worker).finally(() => {
      this.#waiting = undefined;
    });
    return this.#waiting;
  }

  /** Ends the wait, so that no message comes any more; what had come before is in what the wait resolves to. */
  async end(): Promise<void> {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    let ended = false;
    const settled = waiting.then(
      () => {
        ended = true;
      },
      () => {
        ended = true;
      },
    );
    try {
      for (let calls = 0; !ended && calls < mostCalls; calls++) {
        const { id } = this.#connection;
        // It may not have arrived yet, or be on its way back.
        const found = id !== 0 && (await this.#redis.callNear(this.keys.name, "CLIENT", "UNBLOCK", id)) === 1;
        if (found) await settled;
        else await Promise.race([settled, delay(this.#clock, callPauseMs, undefined, true)]);
      }
    } catch {
      // The connection is given up.
    }
    if (!ended) this.drop();
    await settled;
  }

  /** Breaks the connection, which ends the wait. */
  drop(): void {
    if (this.#waiting !== undefined) this.#doubtful = true;
    this.#connection.drop();
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  async #crashesOf(body: Buffer): Promise<number> {
    const digest = createHash("sha1").update(body).digest("hex");
    return Number((await this.#redis.call("HGET", this.keys.crashes, digest)) ?? 0);
  }

  async #wait(worker: string): Promise<Arrival | undefined> {
    const { lua } = enlist.source(false);
    try {
      const [, body, crashes, length] = (await this.#connection.send([
        // Should this worker have been taken for dead and forgotten, what comes now would be found by nobody.
        ["EVAL", lua, 1, this.keys.workers, worker, lingerMs],
        ["BLMOVE", this.keys.name, this.keys.heldBy(worker), "LEFT", "RIGHT", blockSeconds],
        ["EXISTS", this.keys.crashes],
        ["LLEN", this.keys.name],
      ])) as [unknown, Buffer | null, number, number];
      if (body === null) return undefined;
      return { worker, body, crashes: crashes === 0 ? 0 : await this.#crashesOf(body), isFollowed: length > 0 };
    } catch (error) {
      if (error instanceof MachineryError && error.code === "ERR_AMBIGUOUS") this.#doubtful = true;
      throw error;
    }
  }
}
