import { preview } from "../errors.js";

/** The longest error text that a state holds, in UTF-8 bytes (the rest is cut, and says so). */
export const MAX_ERROR_BYTES = 8 * 1024;

/**
 * What a handler threw, as the text that TaskState.Error holds: an Error's message, as Go stores `err.Error()`; anything else is
 * named for what it is. No stack: it goes to the log.
 */
export function errorText(thrown: unknown): string {
  let text: string;
  try {
    text = thrown instanceof Error ? String(thrown.message) || thrown.name : `non-Error thrown: ${describe(thrown)}`;
  } catch {
    text = "an error whose message cannot be read";
  }
  if (Buffer.byteLength(text) <= MAX_ERROR_BYTES) return text.toWellFormed();
  const mark = "... (cut)";
  // A character cut in two becomes U+FFFD, which is dropped.
  const kept = Buffer.from(text.slice(0, MAX_ERROR_BYTES))
    .subarray(0, MAX_ERROR_BYTES - mark.length)
    .toString();
  return `${kept.replace(/\uFFFD$/, "")}${mark}`.toWellFormed();
}

function describe(thrown: unknown): string {
  if (thrown === undefined) return "undefined";
  return typeof thrown === "string" ? thrown.slice(0, MAX_ERROR_BYTES) : preview(thrown);
}
