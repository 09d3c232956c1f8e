import { randomBytes } from "node:crypto";
import type { AmqpConnections } from "../../amqp/connections.js";
import type { MachineryError } from "../../errors.js";
import { lifeExchange } from "./names.js";

const foundOne = /but current is the value '([^']+)' of type/;

/**
 * Tells the lives of a RabbitMQ apart. One that was killed takes all that waits in its classic queues for delivered before, so that only
 * within one life that means that somebody had it.
 *
 * A life is named by an exchange that ends with it: the first one to ask makes it, with a name drawn at random for what it cannot route,
 * and the others are refused and told that name.
 */
export class ServerLife {
  readonly #connections: AmqpConnections;
  #current: Promise<string | undefined> | undefined;

  constructor(connections: AmqpConnections) {
    this.#connections = connections;
    connections.consuming.listen({
      down: () => {
        this.#current = undefined;
      },
    });
  }

  /** The life that this process's messages come from; `undefined` where RabbitMQ does not let us know. */
  current(): Promise<string | undefined> {
    this.#current ??= this.#ask();
    return this.#current;
  }

  async #ask(): Promise<string | undefined> {
    const drawn = randomBytes(6).toString("base64url");
    const options = { durable: false, alternateExchange: drawn };
    try {
      await this.#connections.asking.withChannel("asking for its life", (channel) =>
        channel.assertExchange(lifeExchange, "fanout", options),
      );
      return drawn;
    } catch (error) {
      const { cause } = error as MachineryError;
      return foundOne.exec(String(cause))?.[1];
    }
  }
}
