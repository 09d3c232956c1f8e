import type { Options } from "amqplib";
import type { PublishOutcome } from "../brokers/broker.js";
import type { Placed } from "../util/bag.js";

/** A message on its way, and where to. */
export interface Outgoing {
  readonly exchange: string;
  readonly routingKey: string;
  readonly body: Buffer;
  readonly options: Options.Publish;
  /** Makes again what should take the message, where RabbitMQ finds nothing that does; `undefined`: that is an error at once. */
  readonly restore?: (() => Promise<void>) | undefined;
}

/** One message between `publish` and RabbitMQ's answer. */
export class Letter implements Placed {
  place = -1;
  /** Whether RabbitMQ may have it already. */
  sent = false;
  returned = false;
  restored = false;
  answered = false;

  constructor(
    readonly outgoing: Outgoing,
    readonly batch: Batch,
    readonly index: number,
    readonly deadline: number,
  ) {}
}

/** Messages of one call of `publish`. */
export interface Batch {
  readonly outcomes: PublishOutcome[];
  left: number;
  readonly resolve: (outcomes: PublishOutcome[]) => void;
}
