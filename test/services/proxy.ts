import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { ExecutionContext } from "ava";
import { freePort } from "./free-port.js";

/** FIN says goodbye, RST breaks off. */
export type Cut = "FIN" | "RST";

/** Whose bytes: what the client says, or what the server answers. */
export type Direction = "requests" | "replies";

/** How connections are treated. */
interface Rules {
  mode: "pass" | "drop" | "refuse" | "black hole";
  delayMs: number;
  /** Infinity: as fast as may be. */
  bytesPerSecond: number;
  /** Whether everything goes through byte by byte. */
  splits: boolean;
  /** How many more bytes go through until the connection that brings the last one is broken off. */
  readonly left: Record<Direction, number>;
  /** In how many bytes, from the next one on, a bit is to be flipped; Infinity: in none. */
  readonly flipIn: Record<Direction, number>;
  readonly ears: Set<Ear>;
}

const harmless = () => ({ requests: Number.POSITIVE_INFINITY, replies: Number.POSITIVE_INFINITY });

/** Waits for a client to say something. */
interface Ear {
  readonly bytes: Buffer;
  heard(link: Link): void;
}

/** Stands between a client and a server, and breaks what goes through it as a test says. */
export class FaultProxy {
  /** The server's URL, through this proxy. */
  readonly url: string;
  readonly port: number;
  readonly #host: string;
  readonly #serverPort: number;
  readonly #listener = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#accept(client));
  readonly #links = new Set<Link>();
  readonly #rules: Rules = {
    mode: "pass",
    delayMs: 0,
    bytesPerSecond: Number.POSITIVE_INFINITY,
    splits: false,
    left: harmless(),
    flipIn: harmless(),
    ears: new Set(),
  };
  #accepted = 0;

  private constructor(url: string, port: number) {
    const [, before, host, serverPort] = /^(.*?\/\/(?:[^@/]*@)?)([^:/,]+):(\d+)/.exec(url) ?? [];
    if (before === undefined) throw new Error("the URL has no host with a port");
    this.port = port;
    this.#host = host!;
    this.#serverPort = Number(serverPort);
    this.url = url.replace(`${before}${host}:${serverPort}`, `${before}127.0.0.1:${port}`);
  }

  /** A proxy before the server of this URL; it ends with the test. */
  static async start(t: ExecutionContext, url: string): Promise<FaultProxy> {
    const proxy = new FaultProxy(url, await freePort());
    await proxy.#listen();
    t.teardown(() => proxy.close());
    return proxy;
  }

  /** Connections that stand now. */
  get connections(): number {
    return this.#links.size;
  }

  /** Connections that there have ever been, without those that were dropped. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Everything goes through again. Connections that lost something meanwhile are broken off: they would never recover. */
  async pass(): Promise<void> {
    Object.assign(this.#rules, { mode: "pass", delayMs: 0, bytesPerSecond: Number.POSITIVE_INFINITY, splits: false });
    Object.assign(this.#rules.left, harmless());
    Object.assign(this.#rules.flipIn, harmless());
    for (const link of this.#links) if (link.hasLost) link.cut("RST");
    if (!this.#listener.listening) await this.#listen();
  }

  /** Accepts new connections and breaks them off. Those that stand go on: see `cut`. */
  drop(): void {
    this.#rules.mode = "drop";
  }

  /** Refuses new connections, as if nobody listened. Those that stand go on: see `cut`. */
  refuse(): void {
    this.#rules.mode = "refuse";
    this.#listener.close();
  }

  /** Accepts and swallows: connections stand, old ones and new ones, and nobody ever answers. */
  blackHole(): void {
    this.#rules.mode = "black hole";
  }

  /** Holds back everything by this long from now on, both ways. */
  delay(ms: number): void {
    this.#rules.delayMs = ms;
  }

  /** Lets no more than so many bytes a second through from now on, on each connection and each way. */
  slow(bytesPerSecond: number): void {
    this.#rules.bytesPerSecond = bytesPerSecond;
  }

  /** Passes everything on byte by byte from now on. */
  split(): void {
    this.#rules.splits = true;
  }

  /** Lets so many more bytes through, of all connections together, and then breaks off the one whose turn it is. Once. */
  dropAfter(bytes: number, of: Direction): void {
    this.#rules.left[of] = bytes;
  }

  /** Flips a bit in the byte after so many others, of all connections together. Once. */
  corrupt(bytes: number, of: Direction): void {
    this.#rules.flipIn[of] = bytes;
  }

  /** Cuts every connection that stands now, to both sides. */
  cut(how: Cut = "RST"): void {
    for (const link of this.#links) link.cut(how);
  }

  /** Resolves when a client says something that holds these bytes, whether or not that goes through. */
  hears(bytes: string | Uint8Array): Promise<void> {
    return new Promise((resolve) => this.#listenFor(bytes, () => resolve()));
  }

  /**
   * Lets the next request that holds these bytes through to the server, swallows what the server answers, and cuts that connection:
   * the client cannot know that it was done. Resolves when the server has closed its side, and so has done all that it was told.
   */
  swallowReplyTo(bytes: string | Uint8Array): Promise<void> {
    return new Promise((resolve) => this.#listenFor(bytes, (link) => link.swallowReply(resolve)));
  }

  /**
   * Swallows the next request that holds these bytes, and cuts that connection: the client cannot know that nothing was done. Resolves
   * when that has happened.
   */
  swallowRequest(bytes: string | Uint8Array): Promise<void> {
    return new Promise((resolve) => this.#listenFor(bytes, (link) => resolve(link.cut("RST"))));
  }

  async close(): Promise<void> {
    this.cut("RST");
    if (this.#listener.listening) {
      this.#listener.close();
      await once(this.#listener, "close");
    }
  }

  #listenFor(bytes: string | Uint8Array, heard: (link: Link) => void): void {
    this.#rules.ears.add({ bytes: Buffer.from(bytes), heard });
  }

  async #listen(): Promise<void> {
    this.#listener.listen(this.port, "127.0.0.1");
    await once(this.#listener, "listening");
  }

  #accept(client: Socket): void {
    if (this.#rules.mode === "drop") {
      reset(client);
      return;
    }
    this.#accepted++;
    const server = connect({ host: this.#host, port: this.#serverPort, allowHalfOpen: true, noDelay: true });
    const link = new Link(client, server, this.#rules);
    this.#links.add(link);
    link.closed.then(() => this.#links.delete(link));
  }
}

/**
 * Breaks a connection off. One that is just saying goodbye is closed instead: reset then, it is lost to Node, which never closes it and
 * spins for ever when the process is to end.
 */
function reset(socket: Socket): void {
  if (socket.writableEnded && !socket.writableFinished) socket.destroy();
  else socket.resetAndDestroy();
}

/** How much of what a client said is remembered, for requests that come in pieces. */
const MEMORY = 1024;
const nothing = Buffer.alloc(0);

/** One connection, on both its sides. */
class Link {
  readonly closed: Promise<unknown>;
  /** Whether something that was said on it was swallowed. */
  hasLost = false;
  #isCut = false;
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #rules: Rules;
  readonly #toServer: Pipe;
  readonly #toClient: Pipe;
  #said: Buffer = nothing;
  #isSwallowing = false;

  constructor(client: Socket, server: Socket, rules: Rules) {
    this.#client = client;
    this.#server = server;
    this.#rules = rules;
    this.#toServer = new Pipe(server, rules);
    this.#toClient = new Pipe(client, rules);
    client.on("data", (bytes) => this.#request(bytes));
    server.on("data", (bytes) => this.#reply(bytes));
    client.on("end", () => this.#pass(this.#toServer, undefined));
    server.on("end", () => this.#pass(this.#toClient, undefined));
    client.on("error", () => reset(server));
    server.on("error", () => reset(client));
    this.closed = Promise.all([client, server].map((side) => new Promise((resolve) => side.once("close", resolve))));
  }

  cut(how: Cut): void {
    this.#isCut = true;
    for (const side of [this.#client, this.#server]) {
      if (how === "RST") reset(side);
      else side.destroySoon();
    }
  }

  /** Forwards no more replies: the next one ends the connection. */
  swallowReply(done: () => void): void {
    this.#isSwallowing = true;
    this.#server.once("close", done);
  }

  #request(bytes: Buffer): void {
    for (const ear of this.#rules.ears) {
      // A request may come in pieces, but its end is new.
      const before = ear.bytes.length > 1 ? this.#said.subarray(1 - ear.bytes.length) : nothing;
      if (!Buffer.concat([before, bytes]).includes(ear.bytes)) continue;
      this.#rules.ears.delete(ear);
      ear.heard(this);
    }
    this.#said = Buffer.concat([this.#said, bytes]).subarray(-MEMORY);
    if (!this.#isCut) this.#forward("requests", bytes);
  }

  #reply(bytes: Buffer): void {
    if (!this.#isSwallowing) this.#forward("replies", bytes);
    else if (!this.#server.writableEnded) {
      // The server still reads all that was sent before it sees the end.
      this.#server.end();
      reset(this.#client);
    }
  }

  #forward(direction: Direction, bytes: Buffer): void {
    const { left, flipIn } = this.#rules;
    const pipe = direction === "requests" ? this.#toServer : this.#toClient;
    const flipAt = flipIn[direction];
    flipIn[direction] = flipAt < bytes.length ? Number.POSITIVE_INFINITY : flipAt - bytes.length;
    if (flipAt < bytes.length) bytes[flipAt]! ^= 0x10;
    if (bytes.length <= left[direction]) {
      left[direction] -= bytes.length;
      this.#pass(pipe, bytes);
      return;
    }
    this.#pass(pipe, bytes.subarray(0, left[direction]));
    left[direction] = Number.POSITIVE_INFINITY;
    this.#client.destroySoon();
    this.#server.destroySoon();
  }

  /** @param bytes `undefined` for the end */
  #pass(pipe: Pipe, bytes: Buffer | undefined): void {
    if (this.#rules.mode === "black hole") this.hasLost = true;
    else pipe.send(bytes);
  }
}

/** One direction of a connection: what is held back stays in its order. */
class Pipe {
  readonly #to: Socket;
  readonly #rules: Rules;
  #held = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(to: Socket, rules: Rules) {
    this.#to = to;
    this.#rules = rules;
  }

  send(bytes: Buffer | undefined): void {
    const { delayMs, bytesPerSecond } = this.#rules;
    const takesMs = (1000 * (bytes?.length ?? 0)) / bytesPerSecond;
    if (delayMs === 0 && takesMs === 0 && this.#held === 0) {
      this.#write(bytes);
      return;
    }
    this.#held++;
    const wait = (ms: number) => (ms === 0 ? undefined : delay(ms, undefined, { ref: false }));
    const before = this.#last.then(() => wait(takesMs));
    this.#last = Promise.all([before, wait(delayMs)]).then(() => {
      this.#held--;
      this.#write(bytes);
    });
  }

  #write(bytes: Buffer | undefined): void {
    if (bytes === undefined) this.#to.end();
    else if (!this.#rules.splits) this.#to.write(bytes);
    else for (let i = 0; i < bytes.length; i++) this.#to.write(bytes.subarray(i, i + 1));
  }
}
