import { MachineryError } from "../../errors.js";
import { tagFor } from "../../redis/slots.js";

/** A queue's name is a key of Machinery's; the keys beside it are this library's own, and stand in its slot of a cluster. */
export class QueueKeys {
  readonly name: string;
  /** The sorted set of workers: to when their leases last, by the server's clock; below zero: given back already, see `reap`. */
  readonly workers: string;
  /** The hash of crashes: how often holders of a message have died, by its SHA-1. */
  readonly crashes: string;
  /** The list of dead letters. */
  readonly dead: string;
  readonly #own: string;

  constructor(name: string) {
    this.name = name;
    this.#own = `{${tagFor(name)}}:p:`;
    const own = name === tagFor(name) ? this.#own : `${this.#own}${name}:`;
    this.#own = own;
    this.workers = `${own}workers`;
    this.crashes = `${own}crashes`;
    this.dead = `${own}dead`;
  }

  /** What the list of messages that a worker holds is called, before the worker's name. */
  get heldPrefix(): string {
    return `${this.#own}w:`;
  }

  heldBy(worker: string): string {
    return this.heldPrefix + worker;
  }
}

/** Machinery's sorted set of delayed tasks, of all queues, by nanoseconds since the epoch; and what this library keeps beside it. */
export class DelayedKeys {
  readonly set: string;
  /** The hash of those that go to another queue than they say themselves, by their SHA-1. */
  readonly queues: string;
  /** In a cluster: those that are under way to a queue in another slot, and until when that may take. */
  readonly moving: string;

  constructor(set: string) {
    const own = `{${tagFor(set)}}:p:${set === tagFor(set) ? "" : `${set}:`}`;
    this.set = set;
    this.queues = `${own}queues`;
    this.moving = `${own}moving`;
  }
}

const longestName = 255;

/** Throws `ERR_QUEUE_NAME` for what cannot be a queue's name. */
export function checkQueueName(name: string, delayedKey: string): void {
  const refuse = (what: string): never => {
    throw new MachineryError("ERR_QUEUE_NAME", what);
  };
  if (name === "" || Buffer.byteLength(name) > longestName) refuse(`A queue's name has 1 to ${longestName} bytes of UTF-8.`);
  if (name === delayedKey) refuse("The queue has the name of the key that holds delayed tasks.");
  if (name.includes(":p:")) refuse('The queue\'s name holds ":p:", which marks the keys of this library.');
}
