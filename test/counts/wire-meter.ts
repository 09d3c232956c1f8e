import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import type { ExecutionContext } from "ava";
import type { Counts, Meter } from "./meter.js";

/** Finds the ends of commands in what a client says: how many end in these bytes. */
export type CommandCounter = (bytes: Buffer) => number;

/** Stands between clients and a server, and counts what goes through. */
export class WireMeter implements Meter {
  /** The server's URL, through this meter. */
  readonly url: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #commands = 0;
  #bytes = 0;

  private constructor(url: URL, server: Server, port: number) {
    this.#server = server;
    const through = new URL(url);
    through.hostname = "127.0.0.1";
    through.port = String(port);
    this.url = through.href;
  }

  /** @param counter makes what counts the commands of one connection */
  static async start(t: ExecutionContext, serverUrl: string, counter: () => CommandCounter): Promise<WireMeter> {
    const url = new URL(serverUrl);
    const server = createServer({ noDelay: true }, (client) => meter.#accept(client, url, counter()));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const meter = new WireMeter(url, server, (server.address() as AddressInfo).port);
    t.teardown(() => meter.close());
    return meter;
  }

  read(): Counts {
    return { commands: this.#commands, bytes: this.#bytes };
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #accept(client: Socket, { hostname, port }: URL, counter: CommandCounter): void {
    const server = connect({ host: hostname, port: Number(port), noDelay: true });
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(from);
      from.on("data", (bytes) => {
        this.#bytes += bytes.length;
        if (from === client) this.#commands += counter(bytes);
        to.write(bytes);
      });
      from.on("error", () => to.destroy());
      from.on("close", () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    }
  }
}
