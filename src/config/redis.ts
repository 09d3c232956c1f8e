import { MachineryError } from "../errors.js";
import type { Config } from "./config.js";
import { fields } from "./fields.js";
import type { ServiceUrl } from "./url.js";

/**
 * How to reach the Redis that a URL names. Several hosts are the nodes of a cluster, or, with a `masterName`, sentinels.
 *
 * @throws MachineryError `ERR_URL` if its path is no database
 */
export function redisOptions({ scheme, hosts, socket, username, password, path }: ServiceUrl, { redis, tls, insecureTls }: Config) {
  const { masterName, clusterMode, readTimeout, connectTimeout, allowEviction } = redis;
  if (!/^\/?\d{0,6}\/?$/.test(path)) {
    const hint = "A database is a number: redis://localhost:6379/0.";
    throw new MachineryError("ERR_URL", "the path of a Redis URL is the number of a database.", { at: `${scheme}:`, hint });
  }
  return {
    hosts,
    socket,
    username,
    password,
    database: Number(path.replaceAll("/", "")),
    tls: scheme === "rediss" ? { ...tls, insecure: insecureTls } : undefined,
    masterName,
    cluster: masterName === "" && (clusterMode || hosts.length > 1),
    answerMs: 1000 * (readTimeout || (fields["redis.readTimeout"].initial as number)),
    connectMs: 1000 * (connectTimeout || (fields["redis.connectTimeout"].initial as number)),
    allowEviction,
  };
}
