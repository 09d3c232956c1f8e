import type { MachineryError } from "../../errors.js";
import type { CommandArgument } from "../../redis/command.js";
import type { RedisLink } from "../../redis/link.js";
import { adopt, claim } from "./claim-scripts.js";
import type { ServerList } from "./holdings.js";
import type { QueueKeys } from "./queue-keys.js";

export interface ClaimerParts {
  readonly redis: RedisLink;
  /** Queues whose keys one script may touch, together. */
  readonly groups: readonly (readonly QueueKeys[])[];
  readonly leaseMs: number;
  /** Told of each message, in the order of their claims. */
  readonly onMessage: (keys: QueueKeys, body: Buffer, crashes: number) => void;
}

/** Moves messages from queues to a worker's lists. */
export class Claimer {
  readonly #parts: ClaimerParts;
  #turn = 0;
  #doubtful = false;

  constructor(parts: ClaimerParts) {
    this.#parts = parts;
  }

  /** An answer got lost: the server may have moved messages of which nobody here knows. */
  get doubtful(): boolean {
    return this.#doubtful;
  }

  /**
   * What there is, in one round trip; in a cluster, in one a queue, all at once. Resolves to whether the worker's name is still good.
   * Rejects only if nothing was claimed.
   */
  async claim(worker: string, wanted: number): Promise<boolean> {
    const { groups } = this.#parts;
    if (groups.length === 1) return this.#doubting(this.#claimFrom(groups[0]!, worker, wanted));
    const share = Math.max(1, Math.floor(wanted / groups.length));
    const asked = groups.map((_, i) => groups[(this.#turn + i) % groups.length]!).slice(0, wanted);
    this.#turn = (this.#turn + 1) % groups.length;
    const claims = await Promise.allSettled(asked.map((group) => this.#doubting(this.#claimFrom(group, worker, share))));
    const failure = claims.find((one) => one.status === "rejected");
    const made = claims.filter((one) => one.status === "fulfilled");
    if (failure !== undefined && made.length === 0) throw failure.reason;
    return made.every(({ value }) => value);
  }

  /** What the server says that the worker holds. To be asked only while nothing is being claimed; ends the doubt. */
  async list(worker: string): Promise<ServerList[]> {
    const { redis, groups } = this.#parts;
    const lists = await Promise.all(
      groups.flat().map(async (keys) => {
        const answer = (await redis.run(adopt, [keys.heldBy(worker), keys.crashes], [])) as [number[], Buffer[]];
        return { keys, crashes: answer[0], bodies: answer[1] };
      }),
    );
    this.#doubtful = false;
    return lists;
  }

  async #doubting(claiming: Promise<boolean>): Promise<boolean> {
    try {
      return await claiming;
    } catch (error) {
      if ((error as MachineryError).code === "ERR_AMBIGUOUS") this.#doubtful = true;
      throw error;
    }
  }

  async #claimFrom(group: readonly QueueKeys[], worker: string, max: number): Promise<boolean> {
    const { redis, leaseMs, onMessage } = this.#parts;
    const keys: string[] = [];
    for (const queue of group) keys.push(queue.name, queue.heldBy(worker), queue.workers, queue.crashes);
    const turn = group.length > 1 ? this.#turn : 0;
    const args: CommandArgument[] = [worker, max, turn, leaseMs];
    const answer = (await redis.run(claim, keys, args)) as [number, number, number[], number[], Buffer[]];
    if (answer[0] === 0) return false;
    const [, next, queues, crashes, bodies] = answer;
    if (group.length > 1) this.#turn = next;
    for (let i = 0; i < bodies.length; i++) onMessage(group[queues[i] ?? 0]!, bodies[i]!, crashes[i] ?? 0);
    return true;
  }
}
