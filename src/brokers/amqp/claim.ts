import type { Channel, ConsumeMessage } from "amqplib";
import type { Delivery } from "../broker.js";

/** A message that RabbitMQ has sent and waits to have acknowledged: on the channel on which it came, and while that lives. */
export class Claim implements Delivery {
  readonly queue: string;
  readonly crashes: number;
  readonly message: ConsumeMessage;
  /** On any other channel its tag would mean another message. */
  readonly channel: Channel;
  /** Whether what is to take its place is published already. */
  isReplaced = false;

  constructor(queue: string, message: ConsumeMessage, channel: Channel, crashes: number) {
    this.queue = queue;
    this.message = message;
    this.channel = channel;
    this.crashes = crashes;
  }

  get body(): Buffer {
    return this.message.content;
  }

  get tag(): number {
    return this.message.fields.deliveryTag;
  }
}
