import { setTimeout as delay } from "node:timers/promises";
import type { ExecutionContext } from "ava";
import { findRedis, type RedisConfig, redisRecipe } from "./redis.js";
import { callRedis } from "./redis-call.js";
import { Server } from "./server.js";

const SLOTS = 16_384;

/** Three masters on this machine, which share the slots evenly. */
export class RedisCluster {
  readonly nodes: readonly Server[];

  private constructor(nodes: readonly Server[]) {
    this.nodes = nodes;
  }

  /** Starts the nodes, and waits until each of them says that the cluster is whole. */
  static async start(program: string, config: RedisConfig = {}): Promise<RedisCluster> {
    const settings = { "cluster-enabled": "yes", "cluster-node-timeout": 2000, ...config };
    const cluster = new RedisCluster(await Promise.all([0, 1, 2].map(() => Server.start(redisRecipe(program, settings)))));
    try {
      await cluster.#join();
    } catch (error) {
      await cluster.dispose();
      throw error;
    }
    return cluster;
  }

  /** All nodes in one URL: `redis://127.0.0.1:1,127.0.0.1:2,127.0.0.1:3`. */
  get url(): string {
    const [first, ...others] = this.nodes;
    return [first!.url, ...others.map(({ port }) => `127.0.0.1:${port}`)].join();
  }

  /** Moves a slot with its keys to another node, as `redis-cli --cluster reshard` does; clients may use it meanwhile. */
  async moveSlot(slot: number, to: Server): Promise<void> {
    const from = await this.ownerOf(slot);
    if (from === to) return;
    const [fromId, toId] = await Promise.all([
      callRedis<string>(from, "CLUSTER", "MYID"),
      callRedis<string>(to, "CLUSTER", "MYID"),
    ]);
    await callRedis(to, "CLUSTER", "SETSLOT", slot, "IMPORTING", fromId);
    await callRedis(from, "CLUSTER", "SETSLOT", slot, "MIGRATING", toId);
    for (;;) {
      const keys = await callRedis<string[]>(from, "CLUSTER", "GETKEYSINSLOT", slot, 100);
      if (keys.length === 0) break;
      await callRedis(from, "MIGRATE", "127.0.0.1", to.port, "", 0, 5000, "KEYS", ...keys);
    }
    for (const node of [to, from, ...this.nodes]) await callRedis(node, "CLUSTER", "SETSLOT", slot, "NODE", toId);
  }

  /** The node that serves a slot, once all nodes say the same: after a move some hear of it later than others. */
  async ownerOf(slot: number): Promise<Server> {
    for (;;) {
      const [port, ...others] = new Set(await Promise.all(this.nodes.map((node) => portOfOwner(node, slot))));
      if (port !== undefined && others.length === 0) return this.nodes.find((node) => node.port === port)!;
      await delay(20);
    }
  }

  async dispose(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.dispose()));
  }

  async #join(): Promise<void> {
    const [first] = this.nodes;
    for (const [index, node] of this.nodes.entries()) {
      const start = Math.floor((index * SLOTS) / this.nodes.length);
      const end = Math.floor(((index + 1) * SLOTS) / this.nodes.length) - 1;
      await callRedis(node, "CLUSTER", "SET-CONFIG-EPOCH", index + 1);
      await callRedis(node, "CLUSTER", "ADDSLOTSRANGE", start, end);
      if (node !== first) await callRedis(node, "CLUSTER", "MEET", "127.0.0.1", first!.port);
    }
    for (const node of this.nodes) {
      while (!isWhole(await callRedis<string>(node, "CLUSTER", "INFO"), this.nodes.length)) await delay(20);
    }
  }
}

async function portOfOwner(asked: Server, slot: number): Promise<number | undefined> {
  const ranges = await callRedis<[number, number, [string, number]][]>(asked, "CLUSTER", "SLOTS");
  return ranges.find(([first, last]) => first <= slot && slot <= last)?.[2][1];
}

const isWhole = (info: string, size: number): boolean =>
  /^cluster_state:ok/m.test(info) &&
  info.includes(`cluster_slots_ok:${SLOTS}\r\n`) &&
  info.includes(`cluster_known_nodes:${size}\r\n`);

/** A Redis Cluster of the test's own: three masters without replicas. It ends with the test. */
export async function startRedisCluster(t: ExecutionContext, config: RedisConfig = {}): Promise<RedisCluster> {
  const program = await findRedis();
  if (program === undefined) throw new Error("redis-server is not on the PATH");
  const cluster = await RedisCluster.start(program, config);
  t.teardown(() => cluster.dispose());
  return cluster;
}
