import type { GateAnswer, GroupMember } from "../backend.js";

/** Lets a chord's callback out once: opens when all members have ended, and then has one winner at a time. */
export class Gate {
  expiresAt = 0;
  readonly #ended = new Set<string>();
  #winner: string | undefined;
  #wonUntil = 0;
  #sent = false;

  memberDone({ member, count, leaseMs, ttlMs }: GroupMember, now: number): GateAnswer {
    this.expiresAt = now + ttlMs;
    this.#ended.add(member);
    if (this.#ended.size < count) return "open";
    if (this.#sent) return "sent";
    if (this.#winner !== undefined && this.#winner !== member && now < this.#wonUntil) return "sent";
    this.#winner = member;
    this.#wonUntil = now + leaseMs;
    return "won";
  }

  chordSent(): void {
    this.#sent = true;
  }
}
