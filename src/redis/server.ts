import type { Cluster, Redis } from "ioredis";
import { MachineryError } from "../errors.js";
import { errorWord, type FailureCode } from "./errors.js";

/** What a server says of itself. Empty where it is forbidden to ask. */
export class ServerInfo {
  readonly #fields = new Map<string, string>();

  constructor(text: string) {
    for (const line of text.split("\r\n")) {
      const colon = line.indexOf(":");
      if (colon > 0) this.#fields.set(line.slice(0, colon), line.slice(colon + 1));
    }
  }

  /** As one number: 7.0 is 700, 6.2 is 602; 0 if it is not known. */
  get version(): number {
    const [, major, minor] = /^(\d+)\.(\d+)/.exec(this.#fields.get("redis_version") ?? "") ?? [];
    return Number(major ?? 0) * 100 + Number(minor ?? 0);
  }

  /** What it does when its memory is full; `""` if it is not known. */
  get evictionPolicy(): string {
    return this.#fields.get("maxmemory_policy") ?? "";
  }

  get isLoading(): boolean {
    return this.#fields.get("loading") === "1";
  }

  get isReplica(): boolean {
    return this.#fields.get("role") === "slave";
  }

  get isClusterNode(): boolean {
    return this.#fields.get("cluster_enabled") === "1";
  }
}

/** Asks the server, or each master of the cluster. */
export async function askServers(client: Redis | Cluster): Promise<ServerInfo[]> {
  const nodes = client.isCluster ? (client as Cluster).nodes("master") : [client as Redis];
  return Promise.all(
    nodes.map(async (node) => {
      try {
        return new ServerInfo(await node.info());
      } catch (error) {
        // A user without the right to ask may still use it.
        if (errorWord(error) === "NOPERM") return new ServerInfo("");
        throw error;
      }
    }),
  );
}

/** The first version with LMOVE and BLMOVE. */
const oldestVersion = 602;

/** @throws MachineryError if tasks could not be kept safely on this server */
export function checkServer(info: ServerInfo, options: CheckOptions): void {
  const { code, place, cluster, allowEviction } = options;
  const refuse = (what: string, hint: string): never => {
    throw new MachineryError(code, `Redis at ${place} cannot be used: ${what}`, { hint });
  };
  if (info.version !== 0 && info.version < oldestVersion) {
    refuse(`it is of version ${Math.floor(info.version / 100)}.${info.version % 100}.`, "Version 6.2 or newer is needed.");
  }
  if (info.isReplica && !cluster) {
    refuse("it is a replica, and takes no writes.", "Name the master, or the sentinels together with redis.masterName.");
  }
  if (info.isClusterNode && !cluster) {
    refuse("it is part of a cluster.", "Set redis.clusterMode, or name several of its hosts.");
  }
  const policy = info.evictionPolicy;
  if (policy !== "" && policy !== "noeviction" && !allowEviction) {
    refuse(
      `its maxmemory-policy is ${policy}, so that it may delete queued tasks and their states when its memory is full.`,
      "Set maxmemory-policy to noeviction, or, to accept that loss, redis.allowEviction.",
    );
  }
}

export interface CheckOptions {
  readonly code: FailureCode;
  readonly place: string;
  readonly cluster: boolean;
  readonly allowEviction: boolean;
}
