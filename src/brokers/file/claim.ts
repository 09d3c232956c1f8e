import type { Delivery } from "../broker.js";
import { bodyOf, crashesOf } from "./entry.js";
import type { ReadyRow } from "./tables.js";

/** A message that a consumer has claimed. Every claim is an object of its own, so that an old one cannot settle a newer one. */
export class Claim implements Delivery {
  readonly queue: string;
  readonly body: Uint8Array;
  readonly crashes: number;
  readonly sequence: number;

  constructor(queue: string, { entry, sequence }: ReadyRow) {
    this.queue = queue;
    this.body = bodyOf(entry);
    this.crashes = crashesOf(entry);
    this.sequence = sequence;
  }
}
