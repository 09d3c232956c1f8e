import type { Publisher } from "../../amqp/publisher.js";
import type { Clock } from "../../util/clock.js";
import type { Settlement } from "../broker.js";
import type { Claim } from "./claim.js";
import type { ConsumerChannel } from "./consumer-channel.js";
import type { Copies } from "./copies.js";
import type { Topology } from "./topology.js";

export interface ReplacingParts {
  readonly clock: Clock;
  readonly channel: ConsumerChannel;
  readonly publisher: Publisher;
  readonly topology: Topology;
  readonly copies: Copies;
}

/** Publishes what takes a message's place, which is acknowledged only then: a crash in between leaves both. */
export class Replacing {
  readonly #parts: ReplacingParts;

  constructor(parts: ReplacingParts) {
    this.#parts = parts;
  }

  /**
   * By their settlements, which do more than end them. They are still to be acknowledged.
   *
   * @throws MachineryError why the first of those failed that did; the others are marked as replaced all the same
   */
  async replace(settlements: readonly (Settlement & { delivery: Claim })[]): Promise<void> {
    const { copies, publisher, clock } = this.#parts;
    const now = clock.now();
    const outgoing = await Promise.all(settlements.map((settlement) => copies.inPlace(settlement, now)));
    const outcomes = await publisher.publish(outgoing);
    let failure: Error | undefined;
    for (let i = 0; i < outcomes.length; i++) {
      const outcome = outcomes[i]!;
      if (outcome.status === "ok") settlements[i]!.delivery.isReplaced = true;
      else failure ??= outcome.error;
    }
    if (failure !== undefined) throw failure;
  }

  /**
   * Copies of them go to their queues' tails, since RabbitMQ would note of those that it takes back that somebody had them, and no
   * consumer could tell that from a crash.
   */
  async giveBack(claims: readonly Claim[], postponed: readonly (readonly [Claim, until: number])[] = []): Promise<void> {
    const { copies, publisher, topology, clock, channel } = this.#parts;
    const dueAt = new Map(postponed);
    const back = [...claims, ...dueAt.keys()].filter((claim) => channel.has(claim)).sort((a, b) => a.tag - b.tag);
    if (back.length === 0) return;
    const missing = back.filter(({ isReplaced }) => !isReplaced);
    const now = clock.now();
    const again = missing.map((claim) => {
      const until = dueAt.get(claim);
      const atOnce = () => copies.again(topology.resolve(claim.queue), claim.message, claim.crashes);
      return until === undefined ? atOnce() : copies.delayed(claim, until, now, claim.body).catch(atOnce);
    });
    const outcomes = await publisher.publish(await Promise.all(again));
    for (let i = 0; i < missing.length; i++) missing[i]!.isReplaced = outcomes[i]!.status === "ok";
    channel.acknowledge(back.filter(({ isReplaced }) => isReplaced));
    for (const claim of back) {
      if (!claim.isReplaced && channel.has(claim)) channel.giveBack(claim);
    }
  }
}
