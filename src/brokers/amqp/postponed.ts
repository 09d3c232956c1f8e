import type { Clock, Timer } from "../../util/clock.js";
import type { Settlement } from "../broker.js";
import type { Claim } from "./claim.js";

/** What is put off for no longer is kept by its consumer meanwhile, in milliseconds. */
const shortDelayMs = 2000;

/**
 * Claims that were put off for a moment and are kept meanwhile, unacknowledged. What waits in a delay queue RabbitMQ moves on without
 * confirming it to itself: one that is killed in that instant loses it. Here there is nothing to move. RabbitMQ counts them among what this
 * process held if it dies, so that what is to leave it goes another way.
 */
export class Postponed {
  readonly #clock: Clock;
  readonly #onDue: (claim: Claim) => void;
  readonly #waiting = new Map<Claim, { readonly timer: Timer; readonly until: number }>();

  constructor(clock: Clock, onDue: (claim: Claim) => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  add(claim: Claim, until: number): void {
    const timer = this.#clock.after(until - this.#clock.now(), () => {
      this.#waiting.delete(claim);
      this.#onDue(claim);
    });
    this.#waiting.set(claim, { timer, until });
  }

  /** Takes all away, each with the time when it is due. */
  takeAll(): [claim: Claim, until: number][] {
    const all = [...this.#waiting].map(([claim, { timer, until }]): [Claim, number] => {
      timer.cancel();
      return [claim, until];
    });
    this.#waiting.clear();
    return all;
  }
}

export function isShortDelay(settlement: Settlement, now: number): settlement is Settlement & { readonly as: "delay" } {
  if (settlement.as !== "delay" || settlement.body !== undefined || settlement.leaves) return false;
  return settlement.until > now && settlement.until - now <= shortDelayMs;
}
