import type { Validator } from "../gen/v1/task.js";
import { parseWithin } from "./json.js";
import type { JsonValue } from "./json-value.js";
import { countBrackets, type MessageLimits } from "./limits.js";
import { readScalarArgs } from "./scalar-args.js";

type MessageObject = { readonly [field: string]: JsonValue };

/** A message without its UUID and its arguments: what it has in common with others. */
export interface Layout {
  /** What stands between the two, and behind the arguments. */
  readonly head: Buffer;
  readonly tail: Buffer;
  /** How many opening brackets the message has in these. */
  readonly brackets: number;
  /** What the whole was parsed to, but for its arguments. */
  readonly message: MessageObject;
  /** The validator that has passed such a message, so that in the next one nothing else needs its eye than UUID and arguments. */
  passed: Validator | undefined;
}

/** A message, and its layout, where that is known. */
export interface ReadMessage {
  readonly message: MessageObject;
  readonly layout: Layout | undefined;
}

const BEFORE_UUID = '{"UUID":"';
const BEFORE_ARGS = ',"Args":';
const BEHIND_ARGS = ',"Headers":';
/** What the schema of a signature wants of a UUID. */
const PLAIN = /^[\w.:-]{1,200}$/;
/** Far more than a worker meets, which is one for each task and queue. With more, all is forgotten and learned again. */
const MAX_HEADS = 256;
const MAX_TAILS = 4;
/** Of the text that a layout is learned from, and that it keeps alive: a few MiB in all, whatever is sent. */
const MAX_LENGTH = 4096;

const start = Buffer.from(BEFORE_UUID);
const quote = 0x22;

/**
 * Parses messages that are like one before in all but their UUID and arguments, as most are, at half the cost: only the arguments are
 * decoded and parsed, the rest is compared byte for byte. What comes out is what parsing the whole would give: where the bytes before
 * and behind are the same, and a JSON value stands in the place of a JSON value, there is but one way to read it. A message of any
 * other form is not known, and no harm done.
 */
export class KnownLayouts {
  /** By the text between UUID and arguments. */
  readonly #heads = new Map<string, Layout[]>();
  /** The last one that was met is the likeliest to be met again. */
  #last: Layout | undefined;

  /** @returns `undefined` where the layout is not known */
  parse(bytes: Buffer, limits: MessageLimits): ReadMessage | undefined {
    // What is near a limit is for the whole to be held against.
    if (!begins(bytes) || bytes.length / 2 >= limits.maxValues) return undefined;
    const uuidEnd = bytes.indexOf(quote, start.length);
    const layout = uuidEnd === -1 ? undefined : this.#find(bytes, uuidEnd);
    if (layout === undefined) return undefined;
    const { head, tail, brackets, message } = layout;
    const uuid = bytes.toString("latin1", start.length, uuidEnd);
    // An escape would have to be read, and anything else refused.
    if (!PLAIN.test(uuid)) return undefined;
    const args = bytes.toString("utf8", uuidEnd + head.length, bytes.length - tail.length);
    // That may stand for bytes which are no UTF-8.
    if (args.includes("\ufffd")) return undefined;
    if (brackets + countBrackets(args, limits.maxDepth) > limits.maxDepth) return undefined;
    try {
      return { message: { ...message, UUID: uuid, Args: readScalarArgs(args) ?? parseWithin(args) }, layout };
    } catch {
      // The whole text tells what is wrong, and where.
      return undefined;
    }
  }

  #find(bytes: Buffer, uuidEnd: number): Layout | undefined {
    if (this.#last !== undefined && isLike(bytes, this.#last, uuidEnd)) return this.#last;
    const headEnd = bytes.indexOf(BEFORE_ARGS, uuidEnd);
    if (headEnd === -1) return undefined;
    const layouts = this.#heads.get(bytes.toString("utf8", uuidEnd, headEnd + BEFORE_ARGS.length));
    const layout = layouts?.find((one) => isLike(bytes, one, uuidEnd));
    if (layout !== undefined) this.#last = layout;
    return layout;
  }

  /** Learns the layout of a message that was parsed in full. */
  learn(text: string, message: MessageObject): void {
    if (text.length > MAX_LENGTH || !isRepeated(message) || !text.startsWith(BEFORE_UUID)) return;
    const uuidEnd = text.indexOf('"', BEFORE_UUID.length);
    const headEnd = text.indexOf(BEFORE_ARGS, uuidEnd);
    const tailStart = text.indexOf(BEHIND_ARGS, headEnd + BEFORE_ARGS.length);
    if (uuidEnd === -1 || headEnd === -1 || tailStart === -1) return;
    const head = text.slice(uuidEnd, headEnd + BEFORE_ARGS.length);
    const tail = text.slice(tailStart);
    if (!isSplit(head, tail)) return;
    const layout: Layout = {
      head: Buffer.from(head),
      tail: Buffer.from(tail),
      brackets: countBrackets(BEFORE_UUID + head + tail, MAX_LENGTH),
      message: { ...message, Args: null },
      passed: undefined,
    };
    const layouts = this.#heads.get(head);
    if (layouts ? layouts.length === MAX_TAILS : this.#heads.size === MAX_HEADS) this.#forget();
    else if (layouts) layouts.push(layout);
    else this.#heads.set(head, [layout]);
  }

  #forget(): void {
    this.#heads.clear();
    this.#last = undefined;
  }
}

function begins(bytes: Buffer): boolean {
  for (let i = 0; i < start.length; i++) if (bytes[i] !== start[i]) return false;
  return true;
}

function isLike(bytes: Buffer, { head, tail }: Layout, uuidEnd: number): boolean {
  return (
    bytes.length > uuidEnd + head.length + tail.length &&
    isAt(bytes, head, uuidEnd) &&
    isAt(bytes, tail, bytes.length - tail.length)
  );
}

function isAt(bytes: Buffer, part: Buffer, position: number): boolean {
  return bytes.length >= position + part.length && part.compare(bytes, position, position + part.length) === 0;
}

/**
 * Whether others like it may come: a group, a time or a callback is another one in the next message. What every message of a layout
 * then shares must be nothing that can be changed, so no array and no object may stand in it but the headers' own.
 */
function isRepeated({ Args: _, Headers, GroupUUID, ETA, ...others }: MessageObject): boolean {
  return (
    !GroupUUID && !ETA && Object.values(others).every(isScalar) && (isScalar(Headers) || Object.values(Headers!).every(isScalar))
  );
}

function isScalar(value: JsonValue | undefined): boolean {
  return typeof value !== "object" || value === null;
}

/**
 * Whether the two places are those of the message's own `UUID` and `Args`, and not of such a key further down, nor of one that
 * another of the same name behind it overrules.
 */
function isSplit(head: string, tail: string): boolean {
  return ["a", "b"].every((mark) => {
    try {
      const { UUID, Args } = JSON.parse(`${BEFORE_UUID}${mark}${head}"${mark}"${tail}`);
      return UUID === mark && Args === mark;
    } catch {
      return false;
    }
  });
}
