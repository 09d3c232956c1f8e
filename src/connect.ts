import { resolve } from "node:path";
import type { Backend } from "./backends/backend.js";
import type { Broker } from "./brokers/broker.js";
import { amqpBackendOptions, amqpBrokerOptions } from "./config/amqp.js";
import { type Config, DEFAULT_STORE } from "./config/config.js";
import { mongodbOptions } from "./config/mongodb.js";
import { redisOptions } from "./config/redis.js";
import { parseServiceUrl, type ServiceUrl, splitUrls } from "./config/url.js";
import { MachineryError } from "./errors.js";
import type { Clock } from "./util/clock.js";
import { redactUrl } from "./util/redact.js";
import { closest } from "./util/suggest.js";

/** What an adapter lives by besides its URL. */
export interface Surroundings {
  /** Default: the system's. */
  readonly clock?: Clock;
  /** The queue that a message names, for a broker that must know it: `""` if none, `undefined` if it is no message of Machinery's. */
  readonly routingKeyOf?: (body: Uint8Array) => string | undefined;
}

type Open<T> = (urls: readonly [ServiceUrl, ...ServiceUrl[]], config: Config, surroundings: Surroundings) => Promise<T>;

// Each adapter, and the client library under it, is loaded when a URL asks for it and not before.

const brokers: ReadonlyMap<string, Open<Broker>> = new Map<string, Open<Broker>>([
  ["memory", async ([url], _, around) => (await import("./brokers/memory.js")).openMemoryBroker(memoryOptions(url, around))],
  ["file", async ([url], _, around) => (await import("./brokers/file.js")).openFileBroker(fileOptions(url, around))],
  ["redis", openRedisBroker],
  ["rediss", openRedisBroker],
  ["redis+socket", openRedisBroker],
  ["amqp", openAmqpBroker],
  ["amqps", openAmqpBroker],
]);

async function openAmqpBroker(
  urls: readonly [ServiceUrl, ...ServiceUrl[]],
  config: Config,
  { clock }: Surroundings,
): Promise<Broker> {
  const options = { ...amqpBrokerOptions(urls, config), ...(clock && { clock }) };
  return (await import("./brokers/amqp.js")).openAmqpBroker(options);
}

const backends: ReadonlyMap<string, Open<Backend>> = new Map<string, Open<Backend>>([
  ["memory", async ([url], _, around) => (await import("./backends/memory.js")).openMemoryBackend(memoryOptions(url, around))],
  ["file", async ([url], _, around) => (await import("./backends/file.js")).openFileBackend(fileOptions(url, around))],
  [
    "memcache",
    async ([url], _, around) => (await import("./backends/memcache.js")).openMemcacheBackend(memcacheOptions(url, around)),
  ],
  ["amqp", openAmqpBackend],
  ["amqps", openAmqpBackend],
  ["null", async () => (await import("./backends/null.js")).openNullBackend()],
  ["mongodb", openMongodbBackend],
  ["mongodb+srv", openMongodbBackend],
  ["redis", openRedisBackend],
  ["rediss", openRedisBackend],
  ["redis+socket", openRedisBackend],
]);

async function openRedisBroker(
  [url]: readonly [ServiceUrl, ...ServiceUrl[]],
  config: Config,
  { routingKeyOf }: Surroundings,
): Promise<Broker> {
  const { delayedTasksKey, normalTasksPollPeriod, delayedTasksPollPeriod } = config.redis;
  return (await import("./brokers/redis.js")).openRedisBroker({
    ...redisOptions(url, config),
    delayedKey: delayedTasksKey,
    defaultQueue: config.defaultQueue,
    ...(normalTasksPollPeriod > 0 && { pollMs: normalTasksPollPeriod }),
    ...(delayedTasksPollPeriod > 0 && { delayedPollMs: delayedTasksPollPeriod }),
    ...(routingKeyOf && { routingKeyOf }),
  });
}

async function openAmqpBackend(
  urls: readonly [ServiceUrl, ...ServiceUrl[]],
  config: Config,
  { clock }: Surroundings,
): Promise<Backend> {
  const options = { ...amqpBackendOptions(urls, config), ...(clock && { clock }) };
  return (await import("./backends/amqp.js")).openAmqpBackend(options);
}

async function openRedisBackend([url]: readonly [ServiceUrl, ...ServiceUrl[]], config: Config): Promise<Backend> {
  const { mixedFleet, broker, defaultQueue } = config;
  const fleet = `${redactUrl(broker)} ${defaultQueue}`;
  return (await import("./backends/redis.js")).openRedisBackend({ redis: redisOptions(url, config), mixedFleet, fleet });
}

async function openMongodbBackend(
  [url]: readonly [ServiceUrl, ...ServiceUrl[]],
  config: Config,
  { clock }: Surroundings,
): Promise<Backend> {
  const { openMongodbBackend: openBackend } = await import("./backends/mongodb.js");
  return openBackend({ ...mongodbOptions(url, config), ...(clock && { clock }) });
}

/** `memory:name`. */
function memoryOptions({ path }: ServiceUrl, { clock }: Surroundings) {
  return { ...(path !== "" && { name: path }), ...(clock && { clock }) };
}

/** `file:folder?sync=true`. */
function fileOptions({ path, options }: ServiceUrl, { clock }: Surroundings) {
  return { folder: path, sync: options.get("sync") === "true", ...(clock && { clock }) };
}

/** `memcache://host1[:port1][,host2[:port2]…]`. */
function memcacheOptions({ hosts: servers, username, password }: ServiceUrl, { clock }: Surroundings) {
  return { servers, username, password, ...(clock && { clock }) };
}

/**
 * Opens the broker that serves a URL.
 *
 * @param url one URL, or several AMQP URLs with the configuration's separator
 * @throws MachineryError `ERR_URL_SCHEME` if none does; the codes of `parseServiceUrl`; whatever the adapter says
 */
export function openBroker(url: string, config: Config, surroundings: Surroundings = {}): Promise<Broker> {
  return open("broker", brokers, url, config, surroundings);
}

/** Opens the result backend that serves a URL; otherwise as `openBroker`. */
export function openBackend(url: string, config: Config, surroundings: Surroundings = {}): Promise<Backend> {
  return open("result backend", backends, url, config, surroundings);
}

async function open<T>(
  what: "broker" | "result backend",
  openers: ReadonlyMap<string, Open<T>>,
  url: string,
  config: Config,
  surroundings: Surroundings,
): Promise<T> {
  refuseWord(what, url);
  const text = url === "null" ? "null:" : url;
  const [first, ...others] = splitUrls(text, config.multipleBrokerSeparator).map((text) => parseServiceUrl(text, what));
  const opener = openers.get(first!.scheme);
  if (opener === undefined) return refuseScheme(what, first!.scheme, [...openers.keys()]);
  if (config.usesDefaultStore && url === DEFAULT_STORE) announceDefaultStore();
  return opener([first!, ...others], config, surroundings);
}

/** Machinery's word for what is within the process. Its other one, "null", is served. */
function refuseWord(at: string, url: string): void {
  if (url !== "eager") return;
  const hint = "Use memory: for a broker and a result backend within the process.";
  throw new MachineryError("ERR_URL_SCHEME", `Machinery's "${url}" does not exist here.`, { at, hint });
}

function refuseScheme(what: string, scheme: string, served: readonly string[]): never {
  const near = closest(scheme, served);
  const hint = `Served: ${served.map((name) => `${name}:`).join(", ")}.${near === undefined ? "" : ` Did you mean ${near}:?`}`;
  throw new MachineryError("ERR_URL_SCHEME", `no ${what} in this version serves ${scheme}:.`, { at: what, hint });
}

let announced = false;

function announceDefaultStore(): void {
  if (announced) return;
  announced = true;
  const folder = resolve(DEFAULT_STORE.slice("file:".length));
  process.stderr.write(`machinery: no broker is configured; tasks and results are kept in ${folder}\n`);
}
