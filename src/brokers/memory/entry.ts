import type { Placed } from "../../util/bag.js";
import type { Delivery } from "../broker.js";
import type { MemoryConsumer } from "./consumer.js";

/**
 * A message in the store, and the claim on it once it is handed out. Every later claim gets an entry of its own, so that an old
 * delivery can never settle a new claim.
 */
export class Entry implements Delivery, Placed {
  readonly queue: string;
  readonly body: Uint8Array;
  readonly crashes: number;
  readonly priority: number;
  /** Who may settle it: the consumer that claimed it, until the claim ends. */
  holder: MemoryConsumer | undefined = undefined;
  /** Which of its holder's claims this is. */
  claim = 0;
  place = -1;

  constructor(queue: string, body: Uint8Array, priority: number, crashes: number) {
    this.queue = queue;
    this.body = body;
    this.priority = priority;
    this.crashes = crashes;
  }
}
