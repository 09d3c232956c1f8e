/** How the URLs of one scheme are written. */
export interface Scheme {
  /** `local`: a path and options, nothing to connect to. `socket`: a password and a socket's path. `network`: hosts. */
  readonly form: "local" | "socket" | "network";
  /** Where a host names no port; 0 where ports make no sense. */
  readonly port: number;
  /** Several hosts, with commas between them. */
  readonly manyHosts: boolean;
  /** A user name alone is the password. */
  readonly loneUserIsPassword: boolean;
  /** What may stand after the `?`; `any` where the client library knows better. */
  readonly options: ReadonlyMap<string, Option> | "any";
  /** For error messages. */
  readonly example: string;
}

/** How an option's value must look, as an expression and in words. */
interface Option {
  readonly form: RegExp;
  readonly expected: string;
}

const NONE: ReadonlyMap<string, Option> = new Map();
const whole = { form: /^\d{1,9}$/, expected: "a whole number" };
const trueOrFalse = { form: /^(?:true|false)$/, expected: "true or false" };
const network = { form: "network", manyHosts: false, loneUserIsPassword: false, options: NONE } as const;
const local = { form: "local", port: 0, manyHosts: false, loneUserIsPassword: false } as const;
const redis = { form: "network", port: 6379, manyHosts: true, loneUserIsPassword: true, options: NONE } as const;
const amqp = new Map([
  ["heartbeat", whole],
  ["channel_max", whole],
  ["frame_max", whole],
  ["connection_timeout", whole],
]);

/** How the schemes that Machinery and this library know are written, whether or not a broker or result backend serves them. */
export const schemes: ReadonlyMap<string, Scheme> = new Map<string, Scheme>([
  ["file", { ...local, options: new Map([["sync", trueOrFalse]]), example: "file:.machinery" }],
  ["memory", { ...local, options: NONE, example: "memory:" }],
  ["null", { ...local, options: NONE, example: "null:" }],
  ["redis", { ...redis, example: "redis://:password@localhost:6379/0" }],
  ["rediss", { ...redis, example: "rediss://:password@redis.example:6379/0" }],
  ["redis+socket", { ...redis, form: "socket", manyHosts: false, example: "redis+socket://password@/run/redis.sock:/0" }],
  ["amqp", { ...network, port: 5672, options: amqp, example: "amqp://user:password@localhost:5672/" }],
  ["amqps", { ...network, port: 5671, options: amqp, example: "amqps://user:password@rabbitmq.example:5671/" }],
  ["memcache", { ...network, port: 11211, manyHosts: true, example: "memcache://localhost:11211" }],
  ["mongodb", { ...network, port: 27017, manyHosts: true, options: "any", example: "mongodb://localhost:27017/taskresults" }],
  ["mongodb+srv", { ...network, port: 0, options: "any", example: "mongodb+srv://user:password@cluster.example/taskresults" }],
  ["https", { ...network, port: 443, options: "any", example: "https://sqs.us-west-2.amazonaws.com/123456789012" }],
  ["gcppubsub", { ...network, port: 0, example: "gcppubsub://project/subscription" }],
]);

/** Any other. */
export const anyScheme: Scheme = { ...network, port: 0, options: "any", example: "redis://localhost:6379" };
