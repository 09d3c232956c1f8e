import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ExecutionContext } from "ava";
import { answers } from "../services/probe.js";
import { findRedis } from "../services/redis.js";
import { Server } from "../services/server.js";

export const masterName = "mymaster";

/** One sentinel that watches this master. It ends with the test. */
export async function startSentinel(t: ExecutionContext, master: Server): Promise<Server> {
  const program = await findRedis();
  const server = await Server.start({
    name: "sentinel",
    program: program!,
    async prepare({ port, folder }) {
      const file = join(folder, "sentinel.conf");
      const lines = [
        `port ${port}`,
        "bind 127.0.0.1",
        `dir ${folder}`,
        `sentinel monitor ${masterName} 127.0.0.1 ${master.port} 1`,
        `sentinel down-after-milliseconds ${masterName} 500`,
        `sentinel failover-timeout ${masterName} 3000`,
      ];
      await writeFile(file, `${lines.join("\n")}\n`);
      return { args: [file, "--sentinel"] };
    },
    isReady: ({ port }) => answers(port, "PING\r\n", /^\+PONG/),
    url: ({ port }) => `redis://127.0.0.1:${port}`,
  });
  t.teardown(() => server.dispose());
  return server;
}
