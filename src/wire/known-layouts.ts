import { parseJson } from "./json.js";
import type { JsonValue } from "./json-value.js";
import { isWithin, type MessageLimits } from "./limits.js";

type MessageObject = { readonly [field: string]: JsonValue };

/** What stands behind the arguments of a message, and what the whole was parsed to, but for its arguments. */
interface Layout {
  readonly tail: string;
  readonly message: MessageObject;
}

const BEFORE_UUID = '{"UUID":"';
const BEFORE_ARGS = ',"Args":';
const BEHIND_ARGS = ',"Headers":';
const PLAIN = /^[\w.:-]+$/;
/** Far more than a worker meets, which is one for each task and queue. With more, all is forgotten and learned again. */
const MAX_HEADS = 256;
const MAX_TAILS = 4;
/** Of the text that a layout is learned from, and that it keeps alive: a few MiB in all, whatever is sent. */
const MAX_LENGTH = 4096;

/**
 * Parses messages that are like one before in all but their UUID and arguments, as most are, at half the cost: only the arguments are
 * parsed, the rest is compared as text. What comes out is what parsing the whole would give: where the text before and behind is the
 * same, and a JSON value stands in the place of a JSON value, there is but one way to read it. A message of any other form is not
 * known, and no harm done.
 */
export class KnownLayouts {
  /** By the text between UUID and arguments. */
  readonly #heads = new Map<string, Layout[]>();

  /** @returns the message, or `undefined` where its layout is not known */
  parse(text: string, limits: MessageLimits): MessageObject | undefined {
    const split = splitHead(text);
    const layouts = split && this.#heads.get(split.head);
    // What is near a limit is for the whole to be held against.
    if (layouts === undefined || !isWithin(text, limits)) return undefined;
    const { uuid, argsStart } = split!;
    for (const { tail, message } of layouts) {
      const argsEnd = text.length - tail.length;
      if (argsEnd <= argsStart || !text.endsWith(tail)) continue;
      try {
        return { ...message, UUID: uuid, Args: parseJson(text.slice(argsStart, argsEnd), limits) };
      } catch {
        // The whole text tells what is wrong, and where.
        return undefined;
      }
    }
    return undefined;
  }

  /** Learns the layout of a message that was parsed in full. */
  learn(text: string, message: MessageObject): void {
    if (text.length > MAX_LENGTH || !isRepeated(message)) return;
    const split = splitHead(text);
    const tailStart = split ? text.indexOf(BEHIND_ARGS, split.argsStart) : -1;
    if (tailStart === -1) return;
    const { head } = split!;
    const tail = text.slice(tailStart);
    if (!isSplit(head, tail)) return;
    const layout: Layout = { tail, message: { ...message, Args: null } };
    const layouts = this.#heads.get(head);
    if (layouts ? layouts.length === MAX_TAILS : this.#heads.size === MAX_HEADS) this.#heads.clear();
    else if (layouts) layouts.push(layout);
    else this.#heads.set(head, [layout]);
  }
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

function splitHead(text: string): { uuid: string; head: string; argsStart: number } | undefined {
  if (!text.startsWith(BEFORE_UUID)) return undefined;
  const uuidEnd = text.indexOf('"', BEFORE_UUID.length);
  const headEnd = text.indexOf(BEFORE_ARGS, uuidEnd);
  if (uuidEnd === -1 || headEnd === -1) return undefined;
  const uuid = text.slice(BEFORE_UUID.length, uuidEnd);
  // An escape would have to be read, and a control character refused.
  if (!PLAIN.test(uuid)) return undefined;
  const argsStart = headEnd + BEFORE_ARGS.length;
  return { uuid, head: text.slice(uuidEnd, argsStart), argsStart };
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
