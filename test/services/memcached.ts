import type { ExecutionContext } from "ava";
import type { ServiceKind } from "./kinds.js";
import { answers } from "./probe.js";
import { findProgram, firstMatch } from "./program.js";
import { type Recipe, Server } from "./server.js";

export const findMemcached = () => findProgram("memcached");

/** @param args such as `-m 1` (MiB of memory; 64) or `-I 2m` (largest value; 1 MiB) */
export function memcachedRecipe(program: string, args: readonly string[] = []): Recipe {
  // It refuses to run as root unless it is told to.
  const user = process.getuid?.() === 0 ? ["-u", "root"] : [];
  return {
    name: "memcached",
    program,
    prepare: async ({ port }) => ({
      args: ["-l", "127.0.0.1", "-p", String(port), "-U", "0", "-t", "1", "-m", "64", ...user, ...args],
    }),
    isReady: ({ port }) => answers(port, "version\r\n", /^VERSION/),
    url: ({ port }) => `memcache://127.0.0.1:${port}`,
  };
}

/** A Memcached of the test's own. It ends with the test, and forgets everything when it is restarted. */
export async function startMemcached(t: ExecutionContext, args: readonly string[] = []): Promise<Server> {
  const program = await findMemcached();
  if (program === undefined) throw new Error("memcached is not on the PATH");
  const server = await Server.start(memcachedRecipe(program, args));
  t.teardown(() => server.dispose());
  return server;
}

export const memcachedKind: ServiceKind = {
  variable: "MEMCACHE_URL",
  compose: { service: "memcached", port: 11211, url: (port) => `memcache://127.0.0.1:${port}` },
  find: findMemcached,
  describe: async (program) => `memcached ${await firstMatch(program, ["--version"], /memcached ([\d.]+)/)}`,
  debian: "memcached",
  advice: "install memcached",
  start: (program) => Server.start(memcachedRecipe(program)),
};
