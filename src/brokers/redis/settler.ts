import { MachineryError } from "../../errors.js";
import { asArgument, asBuffer, type CommandArgument } from "../../redis/command.js";
import type { RunScript } from "../../redis/fusing.js";
import type { RedisLink } from "../../redis/link.js";
import type { Settlement } from "../broker.js";
import type { Claim } from "./claim.js";
import { keep, settle } from "./claim-scripts.js";
import type { Delayed } from "./delayed.js";
import type { QueueKeys } from "./queue-keys.js";

export interface SettlerParts {
  readonly redis: RedisLink;
  readonly delayed: Delayed;
  readonly leaseMs: number;
  readonly groups: readonly (readonly QueueKeys[])[];
}

export interface Settled {
  /** Whether the worker's name is still good. */
  readonly known: boolean;
  /** Whether each claim was ours to end. */
  readonly ended: readonly boolean[];
}

type Delay = Extract<Settlement, { as: "delay" }>;

/** Ends claims on the server: those of a slot in one script. */
export class Settler {
  readonly #parts: SettlerParts;

  constructor(parts: SettlerParts) {
    this.#parts = parts;
  }

  /**
   * Claims whose answer gets lost become doubtful: when they are settled again and are not there any more, that was the first time's
   * doing.
   *
   * @param run runs the script, one for each slot
   */
  async settle(worker: string, settlements: readonly Settlement[], run: RunScript): Promise<Settled> {
    const ended: boolean[] = new Array(settlements.length).fill(false);
    const order = orderOf(settlements);
    const { groups } = this.#parts;
    const known =
      groups.length === 1
        ? [await this.#settleGroup(worker, groups[0]!, settlements, order, ended, run)]
        : await Promise.all(
            groups.map((group) => {
              const own = order.filter((i) => group.includes((settlements[i]!.delivery as Claim).keys));
              return own.length === 0 ? true : this.#settleGroup(worker, group, settlements, own, ended, run);
            }),
          );
    return { known: known.every(Boolean), ended };
  }

  /** Whether the worker's name is still good. */
  async #settleGroup(
    worker: string,
    group: readonly QueueKeys[],
    settlements: readonly Settlement[],
    order: readonly number[],
    ended: boolean[],
    run: RunScript,
  ): Promise<boolean> {
    const { redis, delayed } = this.#parts;
    const keys: string[] = [];
    for (const queue of group) keys.push(queue.name, queue.heldBy(worker), queue.workers, queue.crashes, queue.dead);
    const apart = redis.isCluster ? order.filter((i) => settlements[i]!.as === "delay") : [];
    if (!redis.isCluster) keys.push(delayed.keys.set, delayed.keys.queues);
    try {
      const gone = apart.length === 0 ? none : await this.#delayApart(worker, group[0]!, settlements, apart);
      if (gone === undefined) return false;
      const args: CommandArgument[] = [worker, group.length];
      const sent = gone.size === 0 ? order : order.filter((i) => !gone.has(i));
      for (const i of sent) this.#describe(settlements[i]!, group, args);
      const answer = (await run({ script: settle, keys, args })) as number[];
      const known = answer[0] === 1;
      for (const [n, i] of sent.entries()) {
        ended[i] = answer[n + 1] === 1 || (known && (settlements[i]!.delivery as Claim).doubtful);
      }
      return known;
    } catch (error) {
      // In another slot it may have worked.
      if (this.#parts.groups.length > 1 || (error instanceof MachineryError && error.code === "ERR_AMBIGUOUS")) {
        for (const { delivery } of settlements) (delivery as Claim).doubtful = true;
      }
      throw error;
    }
  }

  #describe(settlement: Settlement, group: readonly QueueKeys[], args: CommandArgument[]): void {
    const { keys, crashes } = settlement.delivery as Claim;
    const body = asArgument(settlement.delivery.body);
    const place = `${group.length === 1 ? 0 : group.indexOf(keys)}${crashes === 0 ? "" : `:${crashes}`}`;
    switch (settlement.as) {
      case "ack":
        args.push(`a${place}`, body);
        break;
      case "release":
        args.push(`r${place}`, body);
        break;
      case "dead":
        args.push(`d${place}`, body, JSON.stringify(settlement.reason.toWellFormed()));
        break;
      case "delay":
        args.push(`z${place}`, body, ...this.#delayArgs(settlement, keys));
    }
  }

  #delayArgs({ until, delivery, body }: Delay, keys: QueueKeys): CommandArgument[] {
    const { delayed } = this.#parts;
    const next = body === undefined ? "" : asBuffer(body);
    // In a cluster it has been added by now.
    if (this.#parts.redis.isCluster) return ["", "", next];
    return [delayed.score(until), delayed.override(keys.name, body ?? delivery.body), next];
  }

  /**
   * In a cluster the set of delayed messages is in another slot: first it is made sure that the claims are good for another lease, then the
   * messages are added there. A death before the claims are ended makes a message come twice. Resolves to those that are not
   * ours any more, or to nothing if none is.
   */
  async #delayApart(
    worker: string,
    keys: QueueKeys,
    settlements: readonly Settlement[],
    apart: readonly number[],
  ): Promise<ReadonlySet<number> | undefined> {
    const { redis, delayed, leaseMs } = this.#parts;
    const bodies = apart.map((i) => (settlements[i]!.delivery as Claim).body);
    const kept = (await redis.run(keep, [keys.heldBy(worker), keys.workers], [worker, leaseMs, ...bodies])) as number[];
    if (kept[0] !== 1) return undefined;
    const there = apart.filter((_, n) => kept[n + 1] === 1);
    if (there.length > 0) {
      await delayed.add(
        there.map((i) => {
          const { delivery, body, until } = settlements[i] as Delay;
          return { queue: keys.name, body: asBuffer(body ?? delivery.body), notBefore: until };
        }),
      );
    }
    return new Set(apart.filter((i) => !there.includes(i)));
  }
}

const none: ReadonlySet<number> = new Set();

/** In order, but releases last and backwards: each goes to the head, so that they then stand in order there. */
function orderOf(settlements: readonly Settlement[]): number[] {
  const order: number[] = [];
  for (let i = 0; i < settlements.length; i++) if (settlements[i]!.as !== "release") order.push(i);
  if (order.length === settlements.length) return order;
  for (let i = settlements.length - 1; i >= 0; i--) if (settlements[i]!.as === "release") order.push(i);
  return order;
}
