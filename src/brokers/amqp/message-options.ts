import type { Options } from "amqplib";
import { MachineryError, preview } from "../../errors.js";
import type { Message } from "../broker.js";
import { headersIn } from "./headers.js";

const highestPriority = 255;

/**
 * What AMQP is told of a message.
 *
 * @throws MachineryError `ERR_BROKER`, `ERR_UNSUPPORTED`, `ERR_MSG_SIZE` for what it cannot be told
 */
export function optionsOf({ id, priority = 0 }: Message, body: Buffer, hasPriorities: boolean): Options.Publish {
  if (!Number.isInteger(priority) || priority < 0 || priority > highestPriority) {
    throw new MachineryError("ERR_BROKER", `The priority ${preview(priority)} is not an integer from 0 to ${highestPriority}.`);
  }
  if (priority > 0 && !hasPriorities) {
    throw new MachineryError("ERR_UNSUPPORTED", "these queues know no priorities.", {
      hint: "Declare them with x-max-priority in amqp.queue_declare_args.",
    });
  }
  const headers = headersIn(body);
  if (headers === undefined) {
    throw new MachineryError("ERR_MSG_SIZE", "the message's headers have more than 60,000 bytes, which AMQP can hardly carry.", {
      at: "/Headers",
      hint: "Put large values among the arguments, or send a reference to them.",
    });
  }
  return {
    messageId: id,
    contentType: "application/json",
    persistent: true,
    mandatory: true,
    headers,
    ...(priority > 0 && { priority }),
  };
}

/** @throws MachineryError `ERR_BROKER` for an empty one */
export function bodyOf({ body }: Message): Buffer {
  if (body.byteLength === 0) throw new MachineryError("ERR_BROKER", "An empty message cannot be published.");
  return Buffer.isBuffer(body) ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}
