import { memcachedKind } from "./memcached.js";
import { mongodbKind } from "./mongodb.js";
import { type Management, rabbitmqKind } from "./rabbitmq.js";
import { redisKind } from "./redis.js";

/** A kind of server that tests run against, and where one can come from. */
export interface ServiceKind {
  /** The environment variable that names a server of the user's own. */
  readonly variable: string;
  /** The service in docker-compose.yml and its port there. */
  readonly compose: {
    readonly service: string;
    readonly port: number;
    url(port: number): string;
    /** @param exec what runs a program in the service's container */
    management?(exec: readonly string[]): Management;
  };
  /** The program on this machine. */
  find(): Promise<string | undefined>;
  /** The program's name and version, for people. */
  describe(program: string): Promise<string>;
  /** The Debian package to install where the program is missing. */
  readonly debian?: string;
  /** Makes the program where it is missing, if that can be done here. */
  build?(): Promise<string | undefined>;
  /** For those who have to do it themselves. */
  readonly advice: string;
  /** Starts a server for all. */
  start(program: string): Promise<{ readonly url: string; readonly management?: Management }>;
}

export const kinds = {
  redis: redisKind,
  rabbitmq: rabbitmqKind,
  memcached: memcachedKind,
  mongodb: mongodbKind,
} as const satisfies Record<string, ServiceKind>;

export type Kind = keyof typeof kinds;
