import type { Message } from "amqplib";

/** How many messages are remembered, at most. */
const most = 10_000;

/**
 * Which messages somebody has only looked at. RabbitMQ cannot show a message without handing it out, and notes on those that come back
 * that somebody had them; a consumer that knows better need not take that for a crash.
 */
export class Looks {
  readonly #ids = new Set<string>();

  add(ids: readonly string[]): void {
    for (const id of ids) this.#ids.add(id);
    for (const id of this.#ids) {
      if (this.#ids.size <= most) return;
      this.#ids.delete(id);
    }
  }

  /** Whether that is why it comes once more; asked again, the answer is no. */
  forgive({ properties }: Message): boolean {
    return this.#ids.size > 0 && properties.messageId !== undefined && this.#ids.delete(properties.messageId);
  }
}
