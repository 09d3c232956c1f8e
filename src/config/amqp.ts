import { MachineryError } from "../errors.js";
import type { Config } from "./config.js";
import type { ServiceUrl } from "./url.js";

/** What the AMQP adapters connect to: each URL, and TLS. */
export function amqpAddress(urls: readonly [ServiceUrl, ...ServiceUrl[]], { tls, insecureTls }: Config) {
  const [first, ...others] = urls;
  return { endpoints: [endpoint(first), ...others.map(endpoint)] as const, tls: { ...tls, insecure: insecureTls } };
}

/** What the AMQP broker goes by. */
export function amqpBrokerOptions(urls: readonly [ServiceUrl, ...ServiceUrl[]], config: Config) {
  const { amqp, defaultQueue } = config;
  const { exchange, exchangeType, bindingKey, queueBindingArgs, queueDeclareArgs } = amqp;
  const { autoDelete, delayedQueue, delayStrategy, existingQueues } = amqp;
  return {
    address: amqpAddress(urls, config),
    defaultQueue,
    exchange,
    exchangeType,
    bindingKey,
    queueBindingArgs,
    queueDeclareArgs,
    autoDelete,
    delayedQueue,
    delayStrategy,
    existingQueues,
  };
}

/** What the AMQP result backend goes by. */
export function amqpBackendOptions(urls: readonly [ServiceUrl, ...ServiceUrl[]], config: Config) {
  const { amqp, resultsExpireIn } = config;
  return {
    address: amqpAddress(urls, config),
    exchange: amqp.exchange,
    resultQueues: amqp.resultQueues,
    resultsExpireMs: resultsExpireIn * 1000,
  };
}

function endpoint({ scheme, username, password, hosts, path, options }: ServiceUrl) {
  if (scheme !== "amqp" && scheme !== "amqps") {
    throw new MachineryError("ERR_URL_SCHEME", `several URLs must all be amqp: or amqps:, and one is ${scheme}:.`, {
      hint: "See multiple_broker_separator.",
    });
  }
  const { name: host, port } = hosts[0]!;
  const heartbeat = options.get("heartbeat");
  const connectTimeoutMs = options.get("connection_timeout");
  const channelMax = options.get("channel_max");
  const frameMax = options.get("frame_max");
  return {
    secure: scheme === "amqps",
    host,
    port,
    username,
    password,
    vhost: path === "" ? "/" : path,
    ...(heartbeat !== undefined && { heartbeat: Number(heartbeat) }),
    ...(connectTimeoutMs !== undefined && { connectTimeoutMs: Number(connectTimeoutMs) }),
    ...(channelMax !== undefined && { channelMax: Number(channelMax) }),
    ...(frameMax !== undefined && { frameMax: Number(frameMax) }),
  };
}
