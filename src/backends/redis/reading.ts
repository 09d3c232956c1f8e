import type { RedisLink } from "../../redis/link.js";

/** What one command asks for at most: it keeps the server from everything else. */
const maxKeys = 1_000;

/** The texts under these keys; `null` where there is none, or something that is no text. */
export async function readTexts(link: RedisLink, keys: readonly string[]): Promise<(string | null)[]> {
  if (link.isCluster) return readOneByOne(link, keys);
  const parts: Promise<unknown>[] = [];
  for (let i = 0; i < keys.length; i += maxKeys) parts.push(link.call("MGET", keys.slice(i, i + maxKeys)));
  return (await Promise.all(parts)).flatMap((part) => (part as (Buffer | null)[]).map(textOf));
}

/**
 * The same, and the server tells a subscriber when one of them changes next.
 *
 * @param keys `maxKeys` at most
 * @param subscriber its number, where the connection for commands does not know it yet; else 0
 */
export async function readTracked(link: RedisLink, keys: readonly string[], subscriber: number): Promise<(string | null)[]> {
  const begin = ["CLIENT", "TRACKING", "ON", "REDIRECT", subscriber, "OPTIN"] as const;
  const read = [["CLIENT", "CACHING", "YES"] as const, ["MGET", keys] as const];
  // Where the server forbids the first two, the last one still reads.
  const answers = await link.callAll(subscriber === 0 ? read : [begin, ...read]);
  return (valueIn(answers.at(-1)!) as (Buffer | null)[]).map(textOf);
}

/**
 * The same in a cluster, of keys that one node holds. Rejects where it does not (any more).
 *
 * @param subscriber the number of one at that node
 */
export async function readTrackedAt(
  link: RedisLink,
  node: string,
  keys: readonly string[],
  subscriber: number,
): Promise<(string | null)[]> {
  const begin = ["CLIENT", "TRACKING", "ON", "REDIRECT", subscriber, "OPTIN"] as const;
  const read = keys.flatMap((key) => [["CLIENT", "CACHING", "YES"] as const, ["GET", key] as const]);
  const answers = await link.callAllAt(node, [begin, ...read]);
  return keys.map((_, i) => textIn(answers[2 * i + 2]!));
}

async function readOneByOne(link: RedisLink, keys: readonly string[]): Promise<(string | null)[]> {
  const answers = await link.callAll(keys.map((key) => ["GET", key]));
  return answers.map(textIn);
}

function textIn(answer: PromiseSettledResult<unknown>): string | null {
  if (answer.status === "rejected" && isWrongType(answer.reason)) return null;
  return textOf(valueIn(answer) as Buffer | null);
}

const textOf = (value: Buffer | null): string | null => (value === null ? null : value.toString());

const isWrongType = (error: unknown): boolean => error instanceof Error && error.message.includes("WRONGTYPE");

function valueIn(answer: PromiseSettledResult<unknown>): unknown {
  if (answer.status === "rejected") throw answer.reason;
  return answer.value;
}
