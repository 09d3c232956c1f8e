import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ExecutionContext } from "ava";
import type { ServiceKind } from "./kinds.js";
import { answers } from "./probe.js";
import { findProgram, firstMatch } from "./program.js";
import { type Recipe, Server } from "./server.js";

/** Lines of redis.conf: `{ appendonly: "yes", maxmemory: "4mb" }`. */
export type RedisConfig = Readonly<Record<string, string | number>>;

export const findRedis = () => findProgram("redis-server");

/** Redis without persistence, unless the configuration says otherwise. With `requirepass` the password is in the URL. */
export function redisRecipe(program: string, config: RedisConfig = {}): Recipe {
  return {
    name: "redis",
    program,
    async prepare({ port, folder }) {
      const settings = {
        port,
        bind: "127.0.0.1",
        dir: folder,
        save: '""',
        "maxmemory-policy": "noeviction",
        "enable-debug-command": "yes",
        ...config,
      };
      const lines = Object.entries(settings).map(([name, value]) => `${name} ${value}\n`);
      await writeFile(join(folder, "redis.conf"), lines.join(""));
      return { args: [join(folder, "redis.conf")] };
    },
    // It listens before it has read its data: -LOADING.
    isReady: ({ port }) => answers(port, "PING\r\n", /^(?:\+PONG|-NOAUTH)/),
    url: ({ port }) => `redis://${config.requirepass === undefined ? "" : `:${config.requirepass}@`}127.0.0.1:${port}`,
  };
}

/** A Redis of the test's own, to stop, kill, fill and misconfigure. It ends with the test. */
export async function startRedis(t: ExecutionContext, config: RedisConfig = {}): Promise<Server> {
  const program = await findRedis();
  if (program === undefined) throw new Error("redis-server is not on the PATH");
  const server = await Server.start(redisRecipe(program, config));
  t.teardown(() => server.dispose());
  return server;
}

export const redisKind: ServiceKind = {
  variable: "REDIS_URL",
  compose: { service: "redis", port: 6379, url: (port) => `redis://127.0.0.1:${port}` },
  find: findRedis,
  describe: async (program) => `redis-server ${await firstMatch(program, ["--version"], /v=([\d.]+)/)}`,
  debian: "redis-server",
  advice: "install redis-server",
  start: (program) => Server.start(redisRecipe(program)),
};
