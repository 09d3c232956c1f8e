import { Cluster, Redis } from "ioredis";
import { MachineryError } from "../errors.js";
import { Connection } from "./connection.js";
import { type FailureCode, unreachable } from "./errors.js";
import { MasterWatch } from "./master-watch.js";
import { NodeSubscribers } from "./node-subscribers.js";
import { clientOptions, clusterOptions, placeOf, type RedisOptions } from "./options.js";
import { askServers, checkServer, type ServerInfo } from "./server.js";
import { slotOf } from "./slots.js";
import { Subscriber } from "./subscriber.js";

/** The connections themselves, as all their users share them. */
export class SharedLink {
  readonly options: RedisOptions;
  /** Where it is, for messages. */
  readonly place: string;
  readonly subscriber: Subscriber;
  readonly nodeSubscribers: NodeSubscribers;
  /** Whether scripts may carry flags. */
  flags = false;
  readonly #commands: Connection<Redis | Cluster>;
  readonly #connects = new Set<() => void>();
  readonly #switches = new Set<(address: string, port: number) => void>();
  /** Present where there are sentinels. */
  readonly #masters: MasterWatch | undefined;

  constructor(options: RedisOptions) {
    this.options = options;
    this.place = placeOf(options);
    const { connectMs, answerMs } = options;
    this.#commands = new Connection<Redis | Cluster>({
      make: () => this.#makeCommandClient(),
      prepare: async (client) => {
        const infos = await askServers(client);
        if (infos.some(({ isLoading }) => isLoading)) throw new Error("It is loading its data.");
        // Sentinels may name a master that is none any more.
        if (options.masterName && infos.some(({ isReplica }) => isReplica)) throw new Error("It is no master any more.");
        this.flags = infos.every(({ version }) => version >= 700);
      },
      onReady: () => {
        for (const listener of this.#connects) listener();
      },
      connectMs,
    });
    this.subscriber = new Subscriber({ makeClient: (key) => this.makeClient(key), connectMs, answerMs });
    if (options.masterName) this.#masters = new MasterWatch(options, (address, port) => this.#moveTo(address, port));
    this.nodeSubscribers = new NodeSubscribers({ makeClient: (node) => this.#makeNodeClient(node), connectMs, answerMs });
  }

  /** Connects for the first time, and checks the server. */
  async open(code: FailureCode): Promise<void> {
    const { cluster, database, allowEviction } = this.options;
    const { place } = this;
    if (cluster && database !== 0) {
      throw new MachineryError(code, `the Redis Cluster at ${place} has no database but 0.`, { hint: "Leave it out of the URL." });
    }
    let infos: ServerInfo[];
    try {
      infos = await askServers(await this.#commands.ready(0));
    } catch (error) {
      throw unreachable(error, code, place);
    }
    this.#masters?.open();
    for (const info of infos) checkServer(info, { code, place, cluster, allowEviction });
  }

  /** The client, now or within the time for it. */
  async client(code: FailureCode): Promise<Redis | Cluster> {
    const { client } = this.#commands;
    if (client !== undefined) return client;
    try {
      return await this.#commands.ready(this.options.answerMs);
    } catch (error) {
      throw unreachable(error, code, this.place);
    }
  }

  /** A new client that has not connected: to the server, or to the node of the cluster that holds the key (any, if there is none). */
  async makeClient(key?: string): Promise<Redis> {
    if (!this.options.cluster) return new Redis(clientOptions(this.options));
    return this.#clientFor(nodeOf((await this.#commands.ready(this.options.connectMs)) as Cluster, key));
  }

  /** The client for commands that belong to a node and not to a key, such as `CLIENT UNBLOCK`. */
  async nearKey(key: string, code: FailureCode): Promise<Redis | Cluster> {
    const client = await this.client(code);
    return client.isCluster ? (nodeOf(client as Cluster, key) ?? client) : client;
  }

  /** At which nodes of the cluster the keys are, as far as is known, by their places. */
  async nodesOf(keys: readonly string[], code: FailureCode): Promise<Map<string, number[]>> {
    const cluster = (await this.client(code)) as Cluster;
    this.nodeSubscribers.keep(new Set(cluster.nodes("master").map(nameOf)));
    const places = new Map<string, number[]>();
    for (const [place, key] of keys.entries()) {
      const node = nodeOf(cluster, key);
      if (node === undefined) continue;
      const name = nameOf(node);
      const known = places.get(name);
      if (known === undefined) places.set(name, [place]);
      else known.push(place);
    }
    return places;
  }

  /** The client for commands of the node of that name; of any, if there is none. */
  async nodeNamed(name: string, code: FailureCode): Promise<Redis | Cluster> {
    const cluster = (await this.client(code)) as Cluster;
    return cluster.nodes("master").find((node) => nameOf(node) === name) ?? cluster;
  }

  /** What is known of a cluster's slots may be out of date. */
  refreshSlots(): void {
    const { client } = this.#commands;
    if (client?.isCluster) (client as Cluster).refreshSlotsCache();
  }

  /** The connection leads to a server that takes no writes (any more): the next one may lead to the new master. */
  drop(): void {
    this.#commands.drop();
  }

  onConnect(listener: () => void): () => void {
    this.#connects.add(listener);
    return () => this.#connects.delete(listener);
  }

  /** Told where the master is from now on, behind sentinels. */
  onSwitch(listener: (address: string, port: number) => void): () => void {
    this.#switches.add(listener);
    return () => this.#switches.delete(listener);
  }

  async close(): Promise<void> {
    await Promise.all([this.#masters?.close(), this.#commands.close(), this.subscriber.close(), this.nodeSubscribers.close()]);
  }

  /** What goes on to the old master would be lost. */
  #moveTo(address: string, port: number): void {
    this.#commands.dropUnlessAt(address, port);
    this.subscriber.moveTo(address, port);
    for (const listener of this.#switches) listener(address, port);
  }

  async #makeNodeClient(name: string): Promise<Redis> {
    const cluster = (await this.#commands.ready(this.options.connectMs)) as Cluster;
    return this.#clientFor(cluster.nodes("master").find((node) => nameOf(node) === name));
  }

  #clientFor(node: Redis | undefined): Redis {
    return new Redis({ ...clientOptions(this.options), host: node?.options.host ?? "", port: node?.options.port ?? 0 });
  }

  #makeCommandClient(): Redis | Cluster {
    const { options } = this;
    if (!options.cluster) return new Redis({ ...clientOptions(options), socketTimeout: options.answerMs });
    return new Cluster(
      options.hosts.map(({ name, port }) => ({ host: name, port })),
      clusterOptions(options),
    );
  }
}

function nodeOf(cluster: Cluster, key: string | undefined): Redis | undefined {
  const nodes = cluster.nodes("master");
  const name = key === undefined ? undefined : cluster.slots[slotOf(key)]?.[0];
  return nodes.find((node) => nameOf(node) === name) ?? nodes[0];
}

/** As the cluster calls it. */
function nameOf({ options: { host, port } }: Redis): string {
  return `${host}:${port}`;
}
