import type { JsonValue } from "./json-value.js";

/**
 * What the library adds to a message travels in the signature's Headers: a Go worker that retries or delays a task keeps these and
 * drops any other field it does not know. Numbers travel as strings of digits: Go Machinery cannot publish a message to RabbitMQ whose
 * headers hold a number that it has read from a message, and that message is lost.
 */
export const header = {
  /** A string: the hash of the task's part of the contract that the sender was built with. */
  contract: "x-machinery-contract",
  /** Digits: which attempt of the task this message is. Absent: the first, 1. */
  attempt: "x-machinery-attempt",
  /** A string: the topic on which the sender waits for news of the result. */
  reply: "x-machinery-reply",
  /** An array of strings: the errors of the attempts before this one, the last ones of them. */
  errors: "x-machinery-errors",
  /** Digits, on a callback: how many milliseconds after the task before it has ended it is due. */
  delayMs: "x-machinery-delay-ms",
  /** `run`, on a chord's callback: it is to be sent even where members have failed. */
  onFailure: "x-machinery-on-failure",
} as const;

type Headers = { readonly [name: string]: JsonValue } | null | undefined;

/** What a broker notes on a message about its way, and would take for its own history if it came back. */
const ofBroker = /^x-(?:death|first-death-.*|last-death-.*|delivery-count|acquired-count)$/;

/** A message's headers for sending it once more: without those of the broker that brought it. */
export function withoutBrokerHeaders(headers: Headers): { readonly [name: string]: JsonValue } {
  return Object.fromEntries(Object.entries(headers ?? {}).filter(([name]) => !ofBroker.test(name)));
}

/** Which attempt of its task a message is, from 1. */
export function readAttempt(headers: Headers): number {
  return readDigits(headers, header.attempt) || 1;
}

/** A whole number, 0 or more, that a header holds as its digits; `undefined` where it is anything else. */
export function readDigits(headers: Headers, name: string): number | undefined {
  const value = headers?.[name];
  return typeof value === "string" && digits.test(value) ? Number(value) : undefined;
}

/** Few enough that every such number is exact. */
const digits = /^\d{1,15}$/;

/** The errors of the attempts before this one, oldest first. */
export function readErrors(headers: Headers): readonly string[] {
  const errors = headers?.[header.errors];
  return Array.isArray(errors) ? errors.filter((error) => typeof error === "string") : [];
}

/** The topic that the sender listens on, if it named one. */
export function readReplyTopic(headers: Headers): string | undefined {
  return readString(headers, header.reply);
}

/** The contract that the sender was built with, if it named one. */
export function readContractHash(headers: Headers): string | undefined {
  return readString(headers, header.contract);
}

function readString(headers: Headers, name: string): string | undefined {
  const value = headers?.[name];
  return typeof value === "string" && value.length <= 255 ? value : undefined;
}
