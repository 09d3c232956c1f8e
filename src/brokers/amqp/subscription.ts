import { Deque } from "../../util/deque.js";
import type { Claim } from "./claim.js";

/** One queue that a consumer is sent messages of, and those that wait to be handed out. */
export class Subscription {
  /** As the consumer was told. */
  readonly name: string;
  /** As RabbitMQ knows it. */
  readonly queue: string;
  readonly waiting = new Deque<Claim>();
  /** There while RabbitMQ sends. */
  tag: string | undefined;

  constructor(name: string, queue: string) {
    this.name = name;
    this.queue = queue;
  }

  takeAll(): Claim[] {
    const claims = this.waiting.first(this.waiting.size);
    this.waiting.clear();
    return claims;
  }
}
