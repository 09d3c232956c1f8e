import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { ExecutionContext } from "ava";
import { answers } from "./probe.js";
import { findRedis, type RedisConfig, redisRecipe } from "./redis.js";
import { callRedis } from "./redis-call.js";
import { type Recipe, Server } from "./server.js";

/** A master, a replica, and three sentinels that make the replica the master when the master is gone for half a second. */
export class RedisSentinels {
  /** What the sentinels call the master. */
  readonly masterName = "machinery";
  /** The master and its replica, at the start. */
  readonly nodes: readonly [Server, Server];
  readonly sentinels: readonly Server[];

  private constructor(nodes: readonly [Server, Server], sentinels: readonly Server[]) {
    this.nodes = nodes;
    this.sentinels = sentinels;
  }

  /** Starts them all, and waits until the sentinels have found the replica and each other. */
  static async start(program: string, config: RedisConfig = {}): Promise<RedisSentinels> {
    const master = await Server.start(redisRecipe(program, config));
    const replica = await Server.start(redisRecipe(program, { replicaof: `127.0.0.1 ${master.port}`, ...config }));
    const sentinels = await Promise.all([1, 2, 3].map(() => Server.start(sentinelRecipe(program, master.port))));
    const all = new RedisSentinels([master, replica], sentinels);
    for (const sentinel of sentinels) while (!(await all.#knowsAll(sentinel))) await delay(20);
    return all;
  }

  /** The sentinels in one URL. */
  get url(): string {
    return `redis://${this.sentinels.map(({ port }) => `127.0.0.1:${port}`).join()}`;
  }

  /** The node that is the master now, as the first sentinel says. */
  master(): Promise<Server> {
    return this.masterOf(this.sentinels[0]!);
  }

  /** The node that is the master now, as this sentinel says. */
  async masterOf(sentinel: Server): Promise<Server> {
    const [, port] = await callRedis<[string, string]>(sentinel, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", this.masterName);
    return this.nodes.find((node) => node.port === Number(port))!;
  }

  /** Resolves when the first sentinel says so. */
  async becomesMaster(node: Server): Promise<void> {
    while ((await this.master()) !== node) await delay(20);
  }

  /** Makes the replica the master, in an orderly way, and waits until the sentinels say so. */
  async failOver(): Promise<void> {
    const master = await this.master();
    while ((await this.master()) === master) {
      // A sentinel that has not looked at the replica yet refuses, and one that the machine holds up gives up.
      await callRedis(this.sentinels[0]!, "SENTINEL", "FAILOVER", this.masterName).catch(() => {});
      await delay(20);
    }
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.sentinels, ...this.nodes].map((server) => server.dispose()));
  }

  async #knowsAll(sentinel: Server): Promise<boolean> {
    const reply = await callRedis<string[]>(sentinel, "SENTINEL", "MASTER", this.masterName);
    const field = (name: string) => reply[reply.indexOf(name) + 1];
    return field("num-slaves") === "1" && field("num-other-sentinels") === "2" && field("flags") === "master";
  }
}

function sentinelRecipe(program: string, masterPort: number): Recipe {
  return {
    name: "redis-sentinel",
    program,
    async prepare({ port, folder }) {
      const path = join(folder, "sentinel.conf");
      const lines = [
        `port ${port}`,
        "bind 127.0.0.1",
        `dir ${folder}`,
        `sentinel monitor machinery 127.0.0.1 ${masterPort} 2`,
        "sentinel down-after-milliseconds machinery 500",
        "sentinel failover-timeout machinery 3000",
      ];
      // It keeps in there what it has learnt.
      if (!existsSync(path)) await writeFile(path, `${lines.join("\n")}\n`);
      return { args: [path, "--sentinel"] };
    },
    isReady: ({ port }) => answers(port, "PING\r\n", /^\+PONG/),
    url: ({ port }) => `redis://127.0.0.1:${port}`,
  };
}

/** A replicated Redis of the test's own, with sentinels. It ends with the test. */
export async function startRedisSentinels(t: ExecutionContext, config: RedisConfig = {}): Promise<RedisSentinels> {
  const program = await findRedis();
  if (program === undefined) throw new Error("redis-server is not on the PATH");
  const all = await RedisSentinels.start(program, config);
  t.teardown(() => all.dispose());
  return all;
}
