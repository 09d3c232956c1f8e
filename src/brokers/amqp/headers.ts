import type { MessageProperties } from "amqplib";

/** What this library notes on a message, beside the headers that its sender gave it. */
export const noted = {
  /** A number: how many claims on it ended by their holder's death. */
  crashes: "x-machinery-crashes",
  /** A string: the life of RabbitMQ in which the last of them was counted. */
  life: "x-machinery-life",
  /** A string: milliseconds since the epoch before which nobody gets it; where it waits longer than a queue may keep it. */
  notBefore: "x-machinery-not-before",
  /** A string: why it is a dead letter. */
  reason: "x-machinery-reason",
  /** A string: since when, in milliseconds since the epoch. */
  deadAt: "x-machinery-dead-at",
} as const;

type Scalar = string | number | boolean;
export type AmqpHeaders = Readonly<Record<string, unknown>>;

/** AMQP's limit is 65,535 bytes; what is noted later must fit in as well. */
const mostBytes = 60_000;
const ofBroker = /^x-(?:death|first-death-.*|last-death-.*|delivery-count|acquired-count)$/;
const ofOurs: ReadonlySet<string> = new Set(Object.values(noted));
const start = Buffer.from('"Headers":{"');

/**
 * The headers that a message's body names, for those who route or trace by them: Go Machinery sends them both ways. Only what AMQP can
 * say as it stands; the rest is in the body anyway. `undefined`: more than fits.
 */
export function headersIn(body: Buffer): Record<string, Scalar> | undefined {
  const headers: Record<string, Scalar> = {};
  if (!body.includes(start)) return headers;
  let found: unknown;
  try {
    found = (JSON.parse(body.toString()) as { Headers?: unknown }).Headers;
  } catch {
    return headers;
  }
  if (typeof found !== "object" || found === null) return headers;
  let bytes = 0;
  for (const [name, value] of Object.entries(found)) {
    if (ofBroker.test(name) || ofOurs.has(name) || Buffer.byteLength(name) > 255 || name === "__proto__") continue;
    if (typeof value !== "string" && typeof value !== "boolean" && !isSayable(value)) continue;
    bytes += Buffer.byteLength(name) + 16 + (typeof value === "string" ? Buffer.byteLength(value) : 0);
    if (bytes > mostBytes) return undefined;
    headers[name] = value;
  }
  return headers;
}

/** AMQP has integers of 64 bits, and no infinity; what is no safe integer has lost digits already. */
const isSayable = (value: unknown): value is number =>
  typeof value === "number" && Number.isFinite(value) && (Number.isSafeInteger(value) || !Number.isInteger(value));

/** A message's headers for sending it once more: without RabbitMQ's own and without ours, which are said anew. */
export function carriedOver({ headers = {} }: MessageProperties): Record<string, unknown> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !ofBroker.test(name) && !ofOurs.has(name)));
}

/** A whole number in a header, from 0; 0 where it is none. */
export function readCount(headers: AmqpHeaders | undefined, name: string): number {
  const value = Number(headers?.[name] ?? 0);
  return Number.isSafeInteger(value) && value >= 0 ? value : 0;
}
