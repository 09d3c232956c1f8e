import { MachineryError } from "../errors.js";
import type { Letter } from "./letter.js";

/** What RabbitMQ says when it closes a channel over a message that is too large; without that there is no such limit. */
export function mostBytesIn(refusal: Error | undefined): number {
  const found = /message size \d+ is larger than (?:configured )?max size (\d+)/.exec(refusal?.message ?? "");
  return found === null ? Number.POSITIVE_INFINITY : Number(found[1]);
}

export function tooLarge({ outgoing: { body } }: Letter, mostBytes: number): MachineryError {
  return new MachineryError("ERR_MSG_SIZE", `the message has ${body.length} bytes, and RabbitMQ takes ${mostBytes}.`, {
    hint: "Send a reference to large values, or raise max_message_size in rabbitmq.conf.",
  });
}

/** What the client library cannot even encode. */
export function unsendable(error: Error): MachineryError {
  if (error instanceof RangeError) {
    return new MachineryError("ERR_MSG_SIZE", "the message's headers have more than 65,535 bytes, which AMQP cannot carry.", {
      at: "/Headers",
      hint: "Put large values among the arguments, or send a reference to them.",
      cause: error,
    });
  }
  return new MachineryError("ERR_BROKER", `the message cannot be sent: ${error.message}.`, { cause: error });
}
