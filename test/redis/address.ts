import { resolveConfig } from "../../src/config/config.js";
import type { ConfigOptions } from "../../src/config/options.js";
import { redisOptions } from "../../src/config/redis.js";
import { parseServiceUrl } from "../../src/config/url.js";
import type { RedisOptions } from "../../src/redis/options.js";

/** What a process with this URL and these settings uses. */
export async function redisAt(url: string, settings: ConfigOptions = {}): Promise<RedisOptions> {
  const config = await resolveConfig(settings, { env: {}, cwd: "/" });
  return redisOptions(parseServiceUrl(url, "broker"), config);
}
