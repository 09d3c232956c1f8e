import { isIP } from "node:net";
import type { RedisOptions as IoredisOptions } from "ioredis";

/** Which Redis, and how to speak to it. Equal ones share their connections. */
export interface RedisOptions {
  /** One server; the nodes of a cluster to begin with; or, where there is a `masterName`, the sentinels. */
  readonly hosts: readonly { readonly name: string; readonly port: number }[];
  /** The path of a Unix socket; empty where there is none. */
  readonly socket: string;
  /** Empty where there is none; so is the password. */
  readonly username: string;
  readonly password: string;
  readonly database: number;
  /** PEM texts, each empty where there is none; `undefined`: no TLS. */
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string; readonly insecure: boolean } | undefined;
  /** What the sentinels call the master; empty where there are none. */
  readonly masterName: string;
  readonly cluster: boolean;
  /** How long the server may keep silent while it owes an answer, in milliseconds: then the connection counts as broken. */
  readonly answerMs: number;
  /** How long connecting may take, the handshake included, in milliseconds. */
  readonly connectMs: number;
  /** Use the server although it may evict keys. */
  readonly allowEviction: boolean;
}

/** Where a Redis is, for messages: no secret in it. */
export function placeOf({ hosts, socket, database, masterName }: RedisOptions): string {
  const where = socket || hosts.map(({ name, port }) => `${name.includes(":") ? `[${name}]` : name}:${port}`).join(",");
  return `${where}${masterName && ` (${masterName})`}${database === 0 ? "" : `/${database}`}`;
}

/**
 * One connection. Each client connects once: `Connection` makes a new one after every failure, so that nothing is sent again behind our
 * back and nothing waits for a connection that ioredis has given up. RESP2, since ioredis does not hand out what a server pushes
 * in RESP3, and a server may forbid HELLO.
 */
export function clientOptions(options: RedisOptions) {
  const [host] = options.hosts;
  return {
    ...(options.socket && { path: options.socket }),
    ...(!options.socket && !options.masterName && { host: host!.name, port: host!.port }),
    ...(options.masterName && {
      sentinels: options.hosts.map(({ name, port }) => ({ host: name, port })),
      name: options.masterName,
      sentinelRetryStrategy: () => null,
      connectTimeout: options.connectMs,
      enableTLSForSentinelMode: options.tls !== undefined,
      ...(options.tls && { sentinelTLS: tlsOptions(options, "") }),
    }),
    ...commonOptions(options, options.socket ? "" : (host?.name ?? "")),
    db: options.database,
    lazyConnect: true,
    enableOfflineQueue: false,
    retryStrategy: null,
  } as const;
}

/** One sentinel: it has no database, and the master's password is not its own. */
export function sentinelOptions(options: RedisOptions, { name, port }: RedisOptions["hosts"][number]) {
  const { username: _username, password: _password, tls: _tls, ...common } = commonOptions({ ...options, tls: undefined }, name);
  return {
    ...common,
    ...(options.tls && { tls: tlsOptions(options, "") }),
    host: name,
    port,
    lazyConnect: true,
    enableOfflineQueue: false,
    retryStrategy: null,
  } as const;
}

/** The nodes of a cluster. A command that broke off is not sent again: it may have been carried out. */
export function clusterOptions(options: RedisOptions) {
  return {
    lazyConnect: true,
    clusterRetryStrategy: null,
    retryDelayOnFailover: 0,
    slotsRefreshTimeout: options.answerMs,
    redisOptions: { ...commonOptions(options, ""), socketTimeout: options.answerMs, connectTimeout: options.connectMs },
  } as const;
}

function commonOptions(options: RedisOptions, host: string) {
  return {
    ...(options.username && { username: options.username }),
    ...(options.password && { password: options.password }),
    ...(options.tls && { tls: tlsOptions(options, host) }),
    connectTimeout: options.connectMs,
    protocol: 2,
    replyMapping: "legacy",
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    enableAutoPipelining: false,
    // It prints where the server forbids it; the link looks for itself.
    enableReadyCheck: false,
    noDelay: true,
    connectionName: "machinery-ts",
    disableClientInfo: true,
  } as const;
}

/** Certificates are checked against the host's name; an address has none to send along. */
function tlsOptions({ tls }: RedisOptions, host: string): NonNullable<IoredisOptions["tls"]> {
  const { ca, cert, key, insecure } = tls!;
  return {
    minVersion: "TLSv1.2",
    rejectUnauthorized: !insecure,
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    ...(host && isIP(host) === 0 && { servername: host }),
  };
}
