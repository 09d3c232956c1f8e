import { Redis } from "ioredis";
import { Connection } from "./connection.js";
import { type RedisOptions, sentinelOptions } from "./options.js";

/** What a sentinel says on this channel: `<name> <old address> <old port> <new address> <new port>`. */
const CHANNEL = "+switch-master";

/**
 * Hears from every sentinel which server is the master from now on. The one before takes writes for some 10 seconds more, if it lives, until a sentinel
 * makes it a replica: all of them will be gone.
 */
export class MasterWatch {
  readonly #connections: readonly Connection<Redis>[];

  /** @param onSwitch told of the new master; by each sentinel once */
  constructor(options: RedisOptions, onSwitch: (address: string, port: number) => void) {
    this.#connections = options.hosts.map(
      (host) =>
        new Connection<Redis>({
          make: () => new Redis(sentinelOptions(options, host)),
          prepare: async (sentinel) => {
            sentinel.on("message", (_channel: string, message: string) => {
              const [name, , , address, port] = message.split(" ");
              if (name === options.masterName) onSwitch(address!, Number(port));
            });
            await sentinel.subscribe(CHANNEL);
          },
          connectMs: options.connectMs,
        }),
    );
  }

  /** Connects, and goes on trying where a sentinel is away. */
  open(): void {
    for (const connection of this.#connections) void connection.ready(0).catch(() => {});
  }

  async close(): Promise<void> {
    await Promise.all(this.#connections.map((connection) => connection.close()));
  }
}
