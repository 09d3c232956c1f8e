import { MachineryError } from "../errors.js";
import { endOfString } from "./json-reader.js";

/** What a message may cost before anything is made of it. */
export interface MessageLimits {
  /** Of its text in bytes. Default 1 MiB, at most 16 MiB. */
  readonly maxBytes: number;
  /** How deep arrays and objects may nest, in each signature of a message for itself. Default and at most 64. */
  readonly maxDepth: number;
  /** How many values it may hold, arrays and objects counted. Default and at most 100,000. */
  readonly maxValues: number;
  /** Refuse an object that names a key twice, where JSON's custom is that the last one wins. Default `false`. */
  readonly uniqueKeys: boolean;
}

const MIB = 2 ** 20;

export const defaultLimits: MessageLimits = { maxBytes: MIB, maxDepth: 64, maxValues: 100_000, uniqueKeys: false };

/** What no configuration can raise. */
export const hardLimits: MessageLimits = { ...defaultLimits, maxBytes: 16 * MIB };

/** Of what a result backend holds: a group's record or a result may be longer than a message. */
export const storedLimits: MessageLimits = {
  ...hardLimits,
  maxBytes: Number.POSITIVE_INFINITY,
  maxValues: Number.POSITIVE_INFINITY,
};

/** The default limits with some of them changed; throws `ERR_CONFIG` for one that is out of range. */
export function messageLimits(changes: Partial<MessageLimits>): MessageLimits {
  const limits = { ...defaultLimits, ...changes };
  for (const name of ["maxBytes", "maxDepth", "maxValues"] as const) {
    const value = limits[name];
    if (!Number.isInteger(value) || value < 1 || value > hardLimits[name]) {
      throw new MachineryError("ERR_CONFIG", `expected a whole number from 1 to ${hardLimits[name]}.`, { at: name });
    }
  }
  return limits;
}

/** Whether a JSON text has too few brackets to nest deeper than the limit: most texts, at the cost of counting to it. */
export function isShallow(text: string, { maxDepth }: MessageLimits): boolean {
  return text.length <= maxDepth || countBrackets(text, maxDepth) <= maxDepth;
}

/** How many opening brackets a text has; more than `most`, and it stops counting. */
export function countBrackets(text: string, most: number): number {
  return countUpTo(text, "{", most) + countUpTo(text, "[", most);
}

/** Whether a JSON text is plainly within the limits of depth and number, as most are; otherwise it may be still. */
export function isWithin(text: string, limits: MessageLimits): boolean {
  // A value and its comma take two characters; a level takes an opening bracket.
  return text.length / 2 < limits.maxValues && isShallow(text, limits);
}

/** Throws unless the text of a JSON value keeps the limits of depth and number. Cheap for what is plainly within them. */
export function checkShape(text: string, limits: MessageLimits): void {
  if (isWithin(text, limits)) return;
  const { maxDepth, maxValues } = limits;
  let depth = 0;
  let values = 1;
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case 0x22: // "
        i = endOfString(text, i);
        break;
      case 0x2c: // ,
        values++;
        break;
      case 0x5b: // [
      case 0x7b: // {
        if (++depth > maxDepth) throw new MachineryError("ERR_MSG_DEPTH", `nests deeper than ${maxDepth} levels.`);
        values++;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth--;
    }
    if (values > maxValues) throw new MachineryError("ERR_MSG_VALUES", `holds more than ${maxValues} values.`);
  }
}

function countUpTo(text: string, character: string, most: number): number {
  let count = 0;
  for (let i = text.indexOf(character); i !== -1 && count <= most; i = text.indexOf(character, i + 1)) count++;
  return count;
}
