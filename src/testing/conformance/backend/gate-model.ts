import type { GateAnswer } from "../../../backends/backend.js";

/** When a call was made and had its answer, in milliseconds: the backend acted in between. */
export interface Interval {
  readonly start: number;
  readonly end: number;
}

/** What a group's gate should answer, told what it did answer where time leaves it a choice. */
export class GateModel {
  readonly #count: number;
  readonly #leaseMs: number;
  readonly #ended = new Set<number>();
  #winner: { readonly member: number; readonly won: Interval } | undefined;
  #sent = false;

  constructor(count: number, leaseMs: number) {
    this.#count = count;
    this.#leaseMs = leaseMs;
  }

  get hasWinner(): boolean {
    return this.#winner !== undefined;
  }

  sent(): void {
    this.#sent = true;
  }

  /** The answers that are right. */
  memberDone(member: number, when: Interval, answer: GateAnswer): readonly GateAnswer[] {
    const allowed = this.#allowed(member, when);
    if (answer === "won") this.#winner = { member, won: when };
    return allowed;
  }

  #allowed(member: number, when: Interval): readonly GateAnswer[] {
    this.#ended.add(member);
    if (this.#ended.size < this.#count) return ["open"];
    if (this.#sent) return ["sent"];
    if (this.#winner === undefined || this.#winner.member === member) return ["won"];
    if (when.start >= this.#winner.won.end + this.#leaseMs) return ["won"];
    if (when.end < this.#winner.won.start + this.#leaseMs) return ["sent"];
    return ["won", "sent"];
  }
}
