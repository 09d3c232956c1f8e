import type { AmqpArguments, ConfigOptions } from "./options.js";

/** One setting. */
export interface Field {
  readonly kind: "text" | "integer" | "flag" | "arguments";
  readonly initial: string | number | boolean | AmqpArguments;
  /** The environment variables that set it, the first one that is set counting. */
  readonly env: readonly string[];
}

const text = (initial: string, ...env: string[]): Field => ({ kind: "text", initial, env });
const integer = (initial: number, ...env: string[]): Field => ({ kind: "integer", initial, env });
const flag = (...env: string[]): Field => ({ kind: "flag", initial: false, env });
const flagOn = (...env: string[]): Field => ({ kind: "flag", initial: true, env });
const args = (...env: string[]): Field => ({ kind: "arguments", initial: {}, env });

type Paths<T> = {
  [K in keyof T & string]-?: NonNullable<T[K]> extends string | number | boolean | AmqpArguments
    ? K
    : `${K}.${Paths<NonNullable<T[K]>>}`;
}[keyof T & string];

/** Where a setting stands in `ConfigOptions`. */
export type FieldPath = Paths<Omit<ConfigOptions, "configFile">>;

/**
 * Every setting there is: its default, and its environment variable, which is Machinery's own where Machinery has the setting. In a
 * configuration file the path is written in snake_case.
 */
export const fields: Readonly<Record<FieldPath, Field>> = {
  broker: text("", "BROKER"),
  resultBackend: text("", "RESULT_BACKEND"),
  lock: text("", "LOCK"),
  // The second one is what Machinery's source says.
  multipleBrokerSeparator: text("", "MULTIPLE_BROKER_SEPARATOR", "MULTIPLE_BROKEN_SEPARATOR"),
  defaultQueue: text("machinery_tasks", "DEFAULT_QUEUE"),
  resultsExpireIn: integer(3600, "RESULTS_EXPIRE_IN"),
  noUnixSignals: flag("NO_UNIX_SIGNALS"),
  callbackArgs: text("append", "MACHINERY_CALLBACK_ARGS"),
  mixedFleet: flagOn("MACHINERY_MIXED_FLEET"),
  concurrency: integer(10, "MACHINERY_CONCURRENCY"),
  maxMessageBytes: integer(1_048_576, "MACHINERY_MAX_MESSAGE_BYTES"),
  uniqueKeys: flag("MACHINERY_UNIQUE_KEYS"),
  leaseMs: integer(30_000, "MACHINERY_LEASE_MS"),
  heartbeatMs: integer(5_000, "MACHINERY_HEARTBEAT_MS"),
  insecureTls: flag("MACHINERY_INSECURE_TLS"),
  "tls.ca": text("", "MACHINERY_TLS_CA"),
  "tls.cert": text("", "MACHINERY_TLS_CERT"),
  "tls.key": text("", "MACHINERY_TLS_KEY"),
  "amqp.exchange": text("machinery_exchange", "AMQP_EXCHANGE"),
  "amqp.exchangeType": text("direct", "AMQP_EXCHANGE_TYPE"),
  "amqp.bindingKey": text("machinery_task", "AMQP_BINDING_KEY"),
  "amqp.queueBindingArgs": args("AMQP_QUEUE_BINDING_ARGS"),
  "amqp.queueDeclareArgs": args("AMQP_QUEUE_DECLARE_ARGS"),
  "amqp.prefetchCount": integer(3, "AMQP_PREFETCH_COUNT"),
  "amqp.delayedQueue": text("", "AMQP_DELAYED_QUEUE"),
  "amqp.delayStrategy": text("ladder", "AMQP_DELAY_STRATEGY"),
  "amqp.resultQueues": text("client", "AMQP_RESULT_QUEUES"),
  "amqp.existingQueues": text("strict", "AMQP_EXISTING_QUEUES"),
  "amqp.autoDelete": flag("AMQP_AUTO_DELETE"),
  "redis.maxIdle": integer(3, "REDIS_MAX_IDLE"),
  "redis.maxActive": integer(0, "REDIS_MAX_ACTIVE"),
  "redis.maxIdleTimeout": integer(240, "REDIS_IDLE_TIMEOUT"),
  "redis.wait": flag("REDIS_WAIT"),
  "redis.readTimeout": integer(4, "REDIS_READ_TIMEOUT"),
  "redis.writeTimeout": integer(15, "REDIS_WRITE_TIMEOUT"),
  "redis.connectTimeout": integer(4, "REDIS_CONNECT_TIMEOUT"),
  "redis.normalTasksPollPeriod": integer(1000, "REDIS_NORMAL_TASKS_POLL_PERIOD"),
  "redis.delayedTasksPollPeriod": integer(500, "REDIS_DELAYED_TASKS_POLL_PERIOD"),
  "redis.delayedTasksKey": text("delayed_tasks", "REDIS_DELAYED_TASKS_KEY"),
  "redis.masterName": text("", "REDIS_MASTER_NAME"),
  "redis.clusterMode": flag("REDIS_CLUSTER_MODE"),
  "redis.allowEviction": flag("MACHINERY_REDIS_ALLOW_EVICTION"),
  "mongodb.database": text("machinery", "MACHINERY_MONGODB_DATABASE"),
};

export const fieldPaths = Object.keys(fields) as FieldPath[];

/** A path as a configuration file spells it: `amqp.exchangeType` is `amqp.exchange_type`. */
export const fileSpelling = (path: string): string => path.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Spellings of older files, and of other versions of Machinery, that mean a setting of today. */
export const olderSpellings: ReadonlyMap<string, FieldPath> = new Map([
  ["exchange", "amqp.exchange"],
  ["exchange_type", "amqp.exchangeType"],
  ["binding_key", "amqp.bindingKey"],
  ["queue_binding_arguments", "amqp.queueBindingArgs"],
  ["redis.cluster_enabled", "redis.clusterMode"],
]);

/** Sections of Machinery's that mean services which this library does not speak to: accepted, with a warning. */
export const ignoredSections: ReadonlySet<string> = new Set(["sqs", "dynamodb", "gcppubsub"]);
