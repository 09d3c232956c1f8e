import type { Channel } from "amqplib";
import type { GateAnswer, GroupMember } from "../backend.js";

/** What was in a group's queue when all of its members had ended, held until the chord's callback is out. */
export interface Collected {
  readonly channel: Channel;
  /** The members' states, by member. */
  readonly states: ReadonlyMap<string, string>;
}

/** What this process knows of a group's gate. */
export class Gate {
  expiresAt = 0;
  /** The members whose end RabbitMQ has from this process. */
  readonly announced = new Set<string>();
  collected: Collected | undefined;
  isSent = false;
  #winner: string | undefined;
  #wonUntil = 0;

  /** Whether all members have ended, as far as this process knows. */
  get isOpen(): boolean {
    return this.isSent || this.#winner !== undefined;
  }

  /** Once it is open: who sends the callback. */
  pass({ member, leaseMs }: GroupMember, now: number): GateAnswer {
    if (this.isSent) return "sent";
    if (this.#winner !== undefined && this.#winner !== member && now < this.#wonUntil) return "sent";
    this.#winner = member;
    this.#wonUntil = now + leaseMs;
    return "won";
  }
}
