import type { ExecutionContext } from "ava";
import { Cluster, Redis } from "ioredis";
import type { ConfigOptions } from "machinery-ts";
import type { Backend, GroupMember, StateName, StateWrite } from "../../src/backends/backend.js";
import { openRedisBackend, type RedisBackendOptions } from "../../src/backends/redis.js";
import { encodeGroupMeta } from "../../src/wire/group.js";
import { StateRecord } from "../../src/wire/state.js";
import { redisAt } from "../redis/address.js";

export const hourMs = 3_600_000;
export const createdAt = "2026-01-01T00:00:00.000Z";

/** A backend, closed after the test. Those of one URL share their connections. */
export async function backendAt(
  t: ExecutionContext,
  url: string,
  { fleet, ...settings }: ConfigOptions & Pick<RedisBackendOptions, "fleet"> = {},
): Promise<Backend> {
  const { mixedFleet = true } = settings;
  const backend = await openRedisBackend({ redis: await redisAt(url, settings), mixedFleet, ...(fleet && { fleet }) });
  t.teardown(() => backend.close());
  return backend;
}

/** What a worker of Go's, or a person at redis-cli, has. */
export function clientAt(t: ExecutionContext, url: string): Redis {
  const client = new Redis(url, { protocol: 2 });
  t.teardown(() => client.disconnect());
  return client;
}

/** The same in a cluster. */
export function clusterClientAt(t: ExecutionContext, url: string): Cluster {
  const nodes = url.slice("redis://".length).split(",");
  const client = new Cluster(
    nodes.map((node) => `redis://${node}`),
    { redisOptions: { protocol: 2 } },
  );
  t.teardown(() => client.disconnect());
  return client;
}

export function state(id: string, name: StateName, fields: Partial<StateWrite> = {}): StateWrite {
  const { results = null, error = "", ttlMs = hourMs, notify } = fields;
  return new StateRecord(id, "add", name, results, error, fields.createdAt ?? createdAt, ttlMs, notify);
}

/** A state as a worker of Go's writes it, with a clock that is finer than ours. */
export function goState(id: string, name: StateName, more = ""): string {
  return `{"TaskUUID":"${id}","TaskName":"add","State":"${name}","Results":null,"Error":"","CreatedAt":"2026-11-24T02:39:52.887114219Z"${more}}`;
}

export function goGroup(id: string, members: readonly string[]): string {
  return encodeGroupMeta(id, members, createdAt);
}

export const member = (group: string, id: string, count: number): GroupMember => ({
  group,
  member: id,
  count,
  leaseMs: hourMs,
  ttlMs: hourMs,
});
