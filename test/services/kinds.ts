import { redisKind } from "./redis.js";
import type { Recipe } from "./server.js";

/** A kind of server that tests run against, and where one can come from. */
export interface ServiceKind {
  readonly name: string;
  /** The environment variable that names a server of the user's own. */
  readonly variable: string;
  /** The service in docker-compose.yml and its port there. */
  readonly compose: { readonly service: string; readonly port: number; url(port: number): string };
  /** The program on this machine. */
  find(): Promise<string | undefined>;
  /** Its name and version, for people. */
  describe(program: string): Promise<string>;
  /** What to install where the program is missing. */
  readonly debian?: string;
  /** How to get the program where it is missing, if Debian does not have it; `undefined` where that cannot be done here. */
  build?(): Promise<string | undefined>;
  /** For those who have to do it themselves. */
  readonly advice: string;
  recipe(program: string): Recipe;
}

export const kinds = { redis: redisKind } as const satisfies Record<string, ServiceKind>;

export type Kind = keyof typeof kinds;
