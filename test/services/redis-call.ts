import { Redis } from "ioredis";

/** One command to one node, whatever its part is. */
export async function callRedis<Reply>(
  node: { readonly url: string },
  command: string,
  ...args: (string | number)[]
): Promise<Reply> {
  const redis = new Redis(node.url, { lazyConnect: true, retryStrategy: () => null, enableReadyCheck: false });
  try {
    await redis.connect();
    return (await redis.call(command, ...args)) as Reply;
  } finally {
    redis.disconnect();
  }
}
