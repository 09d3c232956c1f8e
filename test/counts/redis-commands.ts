import type { CommandCounter } from "./wire-meter.js";

const LINE_FEED = 10;
const STAR = 42;
const DOLLAR = 36;

/** Counts the commands that a client of Redis sends: arrays of strings, each with its length before it. */
export function redisCommands(): CommandCounter {
  let line = "";
  /** Bytes of a string that are still to come, its line's end included. */
  let skip = 0;
  let strings = 0;
  return (bytes) => {
    let ended = 0;
    for (let at = 0; at < bytes.length; ) {
      if (skip > 0) {
        const passed = Math.min(skip, bytes.length - at);
        skip -= passed;
        at += passed;
        if (skip === 0 && --strings === 0) ended++;
        continue;
      }
      const byte = bytes[at++]!;
      if (byte !== LINE_FEED) {
        line += String.fromCharCode(byte);
        continue;
      }
      const count = Number.parseInt(line.slice(1), 10);
      if (line.charCodeAt(0) === STAR) strings = count;
      else if (line.charCodeAt(0) === DOLLAR) skip = count + 2;
      else throw new Error(`a command does not begin with ${JSON.stringify(line)}`);
      line = "";
    }
    return ended;
  };
}
