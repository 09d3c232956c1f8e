import type { MessagePlace } from "../brokers/broker.js";
import type { BrokerView, QueuedTask } from "../server/broker-view.js";
import { type JsonValue, stringifyJson } from "../wire/json.js";
import { print } from "./outcome.js";

export interface ListOptions {
  readonly limit: number;
  readonly json?: boolean;
}

/** Prints the messages of a queue that are in one place, next one first: a line each, or a JSON array. */
export async function printMessages(
  view: BrokerView,
  queue: string,
  where: MessagePlace,
  { limit, json }: ListOptions,
): Promise<void> {
  const [messages, counts] = [await view.list(queue, where, limit), await view.inspect(queue)];
  const { pending, delayed, claimed, dead } = counts;
  const counted = [count(pending, "pending"), count(delayed, "delayed"), count(claimed, "being run"), count(dead, "dead")];
  process.stderr.write(`${queue}: ${counted.filter((one) => one !== undefined).join(", ")}\n`);
  if (json) process.stdout.write(`[${messages.map(jsonOf).join(",\n")}]\n`);
  else for (const message of messages) print(lineOf(message));
  const more = (counts[where] ?? 0) - messages.length;
  if (more > 0) process.stderr.write(`and ${more} more; --limit shows more of them\n`);
}

/** What the broker cannot tell is left out. */
function count(number: number | null, what: string): string | undefined {
  return number === null ? undefined : `${number} ${what}`;
}

function lineOf({ signature, error, notBefore, dead }: QueuedTask): string {
  const call = signature ? `${signature.UUID} ${signature.Name}(${argumentsOf(signature.Args)})` : `not a task: ${error?.message}`;
  const due = notBefore === undefined ? "" : `  due ${new Date(notBefore).toISOString()}`;
  const reason = dead === undefined ? "" : `  dead since ${new Date(dead.at).toISOString()}: ${dead.reason}`;
  return call + due + reason;
}

function argumentsOf(args: readonly { readonly Value: JsonValue }[] | null): string {
  const text = (args ?? []).map(({ Value }) => stringifyJson(Value)).join(", ");
  return text.length <= 80 ? text : `${text.slice(0, 77)}...`;
}

/** A message that is a signature stands in it as it is; of any other the bytes, in base64. */
function jsonOf({ signature, error, body, queue, notBefore, dead }: QueuedTask): string {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const about = {
    queue,
    ...(notBefore !== undefined && { notBefore: new Date(notBefore).toISOString() }),
    ...(dead !== undefined && { dead: { reason: dead.reason, at: new Date(dead.at).toISOString() } }),
    ...(error !== undefined && { error: error.message, body: bytes.toString("base64") }),
  };
  const text = JSON.stringify(about);
  return signature === undefined ? text : `${text.slice(0, -1)},"message":${bytes.toString()}}`;
}
