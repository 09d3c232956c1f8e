import type { Clock } from "../util/clock.js";
import { NamedStores } from "../util/named-stores.js";
import { AmqpConnection } from "./connection.js";
import type { AmqpEndpoint, AmqpTls } from "./endpoint.js";

/** Where to connect to; several endpoints are tried in turn. */
export interface AmqpAddress {
  readonly endpoints: readonly [AmqpEndpoint, ...AmqpEndpoint[]];
  readonly tls: AmqpTls;
}

const open = new NamedStores<AmqpConnections>();

/**
 * A process's two connections to one RabbitMQ, shared by the broker and the result backend: a RabbitMQ that is short of memory or disk
 * stops reading from a connection that publishes, acknowledgements included.
 */
export class AmqpConnections {
  readonly publishing: AmqpConnection;
  /** Connects when it is first needed. */
  readonly consuming: AmqpConnection;
  readonly #key: string;

  private constructor(key: string, { endpoints, tls }: AmqpAddress, clock: Clock) {
    this.#key = key;
    this.publishing = new AmqpConnection(endpoints, { tls, purpose: "machinery publishing", clock });
    this.consuming = new AmqpConnection(endpoints, { tls, purpose: "machinery consuming", clock });
  }

  /** Every call wants its own `release`. */
  static async acquire(address: AmqpAddress, clock: Clock): Promise<AmqpConnections> {
    const key = JSON.stringify([address.endpoints, address.tls]);
    const connections = open.acquire(key, () => new AmqpConnections(key, address, clock));
    try {
      await connections.publishing.open();
    } catch (error) {
      await connections.release();
      throw error;
    }
    return connections;
  }

  /** The one for declaring and looking: while RabbitMQ is short of memory it answers nothing on a connection that publishes. */
  get asking(): AmqpConnection {
    return this.consuming.isUp ? this.consuming : this.publishing;
  }

  async release(): Promise<void> {
    if (open.release(this.#key)) await Promise.all([this.publishing.close(), this.consuming.close()]);
  }
}
