import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

/**
 * A port of this machine's loopback that nobody listens on. It lies below the ports that systems give to outgoing connections, so that no
 * client takes it while its server is being restarted, and leaves room for a second one that is `BUS_OFFSET` higher.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(12_000, 22_000);
    if (await isFree(port)) return port;
  }
}

/** Redis Cluster listens on a second port as much higher. */
export const BUS_OFFSET = 10_000;

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  server.listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch {
    return false;
  }
  server.close();
  await once(server, "close");
  return true;
}
