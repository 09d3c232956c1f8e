import type { CommandCounter } from "./wire-meter.js";

const PROTOCOL_HEADER = 8;
const FRAME_HEADER = 7;
const METHOD = 1;

/** Counts the methods that a client of RabbitMQ calls; what belongs to one (a message's header and body) and heartbeats are none. */
export function amqpMethods(): CommandCounter {
  const head: number[] = [];
  let wanted = PROTOCOL_HEADER;
  let isFirst = true;
  let skip = 0;
  return (bytes) => {
    let methods = 0;
    for (let at = 0; at < bytes.length; ) {
      if (skip > 0) {
        const passed = Math.min(skip, bytes.length - at);
        skip -= passed;
        at += passed;
        continue;
      }
      head.push(bytes[at++]!);
      if (head.length < wanted) continue;
      if (isFirst) {
        isFirst = false;
        wanted = FRAME_HEADER;
      } else {
        if (head[0] === METHOD) methods++;
        // Its end has a byte of its own.
        skip = Buffer.from(head).readUInt32BE(3) + 1;
      }
      head.length = 0;
    }
    return methods;
  };
}
