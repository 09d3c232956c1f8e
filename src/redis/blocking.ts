import type { Redis } from "ioredis";
import { type Clock, systemClock } from "../util/clock.js";
import { type CommandArguments, sendCommand } from "./command.js";
import { Connection } from "./connection.js";
import { ambiguity, errorWord, type FailureCode, isRefusal, refusal, unreachable } from "./errors.js";
import type { SharedLink } from "./shared-link.js";

/** How long a blocking command waits on the server, in seconds. Never 0: it would wait for ever on a connection that is gone. */
export const blockSeconds = 5;
/** How much longer its answer may take before the connection counts as broken. */
const graceMs = 1_000;

/**
 * A connection for commands that block, one at a time. It has a watch of its own: an answer that is overdue means that the connection is
 * broken, whatever the client believes.
 */
export class BlockingConnection {
  readonly #link: SharedLink;
  readonly #code: FailureCode;
  readonly #clock: Clock = systemClock;
  readonly #connection: Connection<Redis>;
  readonly #answerMs: number;
  readonly #stopFollowing: () => void;
  #id = 0;

  /** @param key what it will block on: in a cluster, it connects to the node that holds it */
  constructor(link: SharedLink, key: string, code: FailureCode) {
    this.#link = link;
    this.#code = code;
    const { connectMs, answerMs } = link.options;
    this.#answerMs = answerMs;
    this.#connection = new Connection<Redis>({
      make: () => link.makeClient(key),
      prepare: async (client) => {
        this.#id = Number(await client.call("CLIENT", "ID"));
      },
      connectMs,
    });
    this.#stopFollowing = link.onSwitch((address, port) => this.#connection.dropUnlessAt(address, port));
  }

  /**
   * Sends commands, of which one may block for `blockSeconds`, and resolves to their answers. Rejects with `ERR_AMBIGUOUS` if the
   * connection breaks after they were sent; the server may then carry them out late, up to `blockSeconds` after they were sent.
   */
  async send(commands: readonly (readonly [name: string, ...args: CommandArguments])[]): Promise<unknown[]> {
    let client: Redis;
    try {
      client = await this.#connection.ready(this.#answerMs);
    } catch (error) {
      throw unreachable(error, this.#code, this.#link.place);
    }
    const overdue = this.#clock.after(blockSeconds * 1000 + graceMs, () => this.#connection.drop());
    try {
      return await Promise.all(commands.map(([name, ...args]) => sendCommand(client, name, args)));
    } catch (error) {
      if (!isRefusal(error)) throw ambiguity(this.#link.place);
      // The slot has moved, or this is no master any more: the next connection looks where to.
      if (["MOVED", "ASK", "UNBLOCKED", "READONLY", "CLUSTERDOWN"].includes(errorWord(error))) {
        this.#link.refreshSlots();
        this.#connection.drop();
      }
      throw refusal(error, this.#code, this.#link.place);
    } finally {
      overdue.cancel();
    }
  }

  /** The connection's number on its server; 0 before it was ever connected. */
  get id(): number {
    return this.#id;
  }

  /** Breaks the connection; what it was sent may still be carried out. */
  drop(): void {
    this.#connection.drop();
  }

  close(): Promise<void> {
    this.#stopFollowing();
    return this.#connection.close();
  }
}
