import type { Delivery } from "../broker.js";
import type { QueueKeys } from "./queue-keys.js";

/** A message that a consumer holds. Every claim is an object of its own, so that an old one cannot settle a newer one. */
export class Claim implements Delivery {
  readonly keys: QueueKeys;
  readonly body: Buffer;
  readonly crashes: number;
  /** Later ones have higher numbers. */
  readonly number: number;
  /** For the `Bag` that holds it: -1 when it has ended. */
  place = -1;
  /** A settlement is under way. */
  settling = false;
  /** A settlement was sent and its answer got lost: that it is no longer there may be our own doing. */
  doubtful = false;

  constructor(keys: QueueKeys, body: Buffer, crashes: number, number: number) {
    this.keys = keys;
    this.body = body;
    this.crashes = crashes;
    this.number = number;
  }

  get queue(): string {
    return this.keys.name;
  }
}
