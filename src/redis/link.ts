/**
 * A process's connections to one Redis, shared by its broker and its result backend: one for commands, one on which the server tells
 * things (`subscriber`), opened with its first use, and one for each queue that a worker waits on (`openBlocking`).
 *
 *     const redis = await openRedis(options, "ERR_BACKEND");           // connects, checks the server; counts its users
 *     await redis.call("GET", key);                                    // Buffers, never strings
 *     await redis.run(script, [key, other], [text, buffer, 1]);        // EVALSHA, EVAL where the server does not know it yet
 *     await redis.callAll([["GET", a], ["GET", b]]);                   // one write; each settles for itself
 *     const end = await redis.listen(channel, listener);               // published messages
 *     const end = redis.subscriber.onChange(key, listener);            // changes of a key, whoever makes them
 *     await redis.close();
 *
 * Every call settles: it waits up to `answerMs` for a connection (then it rejects with the user's own code, and nothing was sent), and
 * for its answer until the connection breaks or has been silent for `answerMs` (then `ERR_AMBIGUOUS`: it may have been carried out).
 * What the server itself refuses rejects with the user's code. Nothing is ever sent twice.
 *
 * In a cluster each command goes to the node of its first key, and a script must find all of its keys there: see `tagFor`.
 */
import type { Cluster, Redis } from "ioredis";
import { MachineryError } from "../errors.js";
import { NamedStores } from "../util/named-stores.js";
import { BlockingConnection } from "./blocking.js";
import { type CommandArgument, type CommandArguments, sendCommand } from "./command.js";
import { ambiguity, errorWord, type FailureCode, isRefusal, refusal, unreachable } from "./errors.js";
import type { RedisOptions } from "./options.js";
import type { Script } from "./script.js";
import { SharedLink } from "./shared-link.js";
import type { ChannelListener, Subscriber } from "./subscriber.js";

type Command = readonly [name: string, ...args: CommandArguments];

/** One user's access to a link. */
export class RedisLink {
  readonly #link: SharedLink;
  readonly #name: string;
  readonly #code: FailureCode;
  #closed = false;

  constructor(link: SharedLink, name: string, code: FailureCode) {
    this.#link = link;
    this.#name = name;
    this.#code = code;
  }

  get isCluster(): boolean {
    return this.#link.options.cluster;
  }

  /** Whether the other one has the same connections. */
  isSharedWith(other: RedisLink): boolean {
    return this.#link === other.#link;
  }

  get options(): RedisOptions {
    return this.#link.options;
  }

  /** Where it is, for messages. */
  get place(): string {
    return this.#link.place;
  }

  get subscriber(): Subscriber {
    return this.#link.subscriber;
  }

  /** Told when the connection for commands has come (back): what belongs to a connection, such as tracking, must be said anew. */
  onConnect(listener: () => void): () => void {
    return this.#link.onConnect(listener);
  }

  /** Sends one command. Arguments may be nested once, to save copying. */
  async call(name: string, ...args: CommandArguments): Promise<unknown> {
    const client = await this.#client();
    return this.#send(client, name, args);
  }

  /** Sends commands in one write; each settles for itself. Rejects only if nothing could be sent. */
  async callAll(commands: readonly Command[]): Promise<PromiseSettledResult<unknown>[]> {
    return this.#sendAll(await this.#client(), commands);
  }

  /** Sends a command to the node that holds the key, whatever its arguments. */
  async callNear(key: string, name: string, ...args: CommandArguments): Promise<unknown> {
    this.#mustBeOpen();
    return this.#send(await this.#link.nearKey(key, this.#code), name, args);
  }

  /** In a cluster: at which nodes these keys are, as far as is known, by their places. */
  async nodesOf(keys: readonly string[]): Promise<Map<string, number[]>> {
    this.#mustBeOpen();
    return this.#link.nodesOf(keys, this.#code);
  }

  /** As `callAll`, to that node, whatever the keys. */
  async callAllAt(node: string, commands: readonly Command[]): Promise<PromiseSettledResult<unknown>[]> {
    this.#mustBeOpen();
    return this.#sendAll(await this.#link.nodeNamed(node, this.#code), commands);
  }

  /** In a cluster, what hears of the keys of that node. */
  subscriberAt(node: string): Subscriber {
    this.#mustBeOpen();
    return this.#link.nodeSubscribers.at(node);
  }

  /** Runs a script. Of its arguments, bytes are Buffers. */
  async run(script: Script, keys: readonly CommandArgument[], args: readonly CommandArgument[]): Promise<unknown> {
    const client = await this.#client();
    const { lua, sha } = script.source(this.#link.flags);
    try {
      return await this.#send(client, "EVALSHA", [sha, keys.length, keys, args]);
    } catch (error) {
      if (!(error instanceof MachineryError && error.message.includes("NOSCRIPT"))) throw error;
      return this.#send(client, "EVAL", [lua, keys.length, keys, args]);
    }
  }

  /** Hears a channel, from the moment this resolves until the function it resolves to is called. Fails as a call does. */
  async listen(channel: string, listener: ChannelListener): Promise<() => void> {
    this.#mustBeOpen();
    try {
      return await this.#link.subscriber.subscribe(channel, listener);
    } catch (error) {
      throw unreachable(error, this.#code, this.place);
    }
  }

  /** A connection of its own, for commands that block on this key. */
  openBlocking(key: string): BlockingConnection {
    this.#mustBeOpen();
    return new BlockingConnection(this.#link, key, this.#code);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (links.release(this.#name)) await this.#link.close();
  }

  #client(): Promise<Redis | Cluster> {
    this.#mustBeOpen();
    return this.#link.client(this.#code);
  }

  #sendAll(client: Redis | Cluster, commands: readonly Command[]): Promise<PromiseSettledResult<unknown>[]> {
    return Promise.allSettled(commands.map(([name, ...args]) => this.#send(client, name, args)));
  }

  #send(client: Redis | Cluster, name: string, args: CommandArguments): Promise<unknown> {
    return sendCommand(client, name, args).catch((error) => this.#fail(error));
  }

  #fail(error: unknown): never {
    if (this.#closed) throw new MachineryError("ERR_CLOSED", `the connection to Redis at ${this.place} was closed before.`);
    if (!isRefusal(error)) throw ambiguity(this.place);
    if (errorWord(error) === "READONLY") this.#link.drop();
    throw refusal(error, this.#code, this.place);
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new MachineryError("ERR_CLOSED", `the connection to Redis at ${this.place} was closed before.`);
  }
}

const links = new NamedStores<{ readonly link: SharedLink; opened?: Promise<void> }>();

/**
 * A process's link to a Redis, opened if nobody has it open. Every call wants its own `close`.
 *
 * @param code under which its user is told of failures
 * @throws MachineryError of that code if the server cannot be reached, refuses us, or may not be used; the message says why
 */
export async function openRedis(options: RedisOptions, code: FailureCode): Promise<RedisLink> {
  const name = JSON.stringify(options);
  const shared = links.acquire(name, () => ({ link: new SharedLink(options) }));
  shared.opened ??= shared.link.open(code);
  try {
    await shared.opened;
  } catch (error) {
    if (links.release(name)) await shared.link.close();
    throw error;
  }
  return new RedisLink(shared.link, name, code);
}
