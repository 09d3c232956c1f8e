import { randomBytes } from "node:crypto";
import type { ExecutionContext } from "ava";
import { Server, silentLogger, type TaskContext, taskContext, type Worker } from "machinery-ts";
import type { Dispatch } from "machinery-ts/gen/v1";
import { type Handlers, senders } from "../../generated/index.js";
import * as handlers from "../../tasks/index.js";
import { removeFolder, temporaryFolder } from "../services/temporary-folder.js";
import { deferred } from "../worker/stage.js";
import { dispatch } from "../worker/tutorial.js";
import { writeConfig } from "./config.js";
import { GoMachinery, type GoVersion } from "./go-machinery.js";
import { signed } from "./limits.js";

export interface Urls {
  readonly broker: string;
  readonly backend: string;
}

/** Where a fleet is: what all its members must know. */
interface Place {
  /** The exchange, and how all names begin. */
  readonly name: string;
  /** For the configuration files. */
  readonly folder: string;
  readonly urls: Urls;
  readonly version: GoVersion;
}

interface Pair<Member> {
  readonly sender: Member;
  readonly worker: Member;
}

const goQueueOf = ({ name }: Place) => `${name}.go`;
const ourQueueOf = ({ name }: Place) => `${name}.ts`;

/** What a test may change about the worker in TypeScript. */
export interface OurWorker {
  readonly queue?: string;
  readonly concurrency?: number;
  readonly handlers?: Partial<Handlers>;
}

/**
 * A sender and a worker in each of the two languages, over one broker and one result backend. The worker of each has a queue of its own,
 * which is the default one of the other's sender. What a test stops or starts by itself it has on a further queue.
 */
export class Fleet {
  /** The sender in Go: what names no queue goes to the worker in TypeScript. */
  readonly go: GoMachinery;
  /** The sender in TypeScript: what names no queue goes to the Go worker. */
  readonly server: Server;
  readonly send: ReturnType<typeof senders>;
  readonly #goWorker: GoMachinery;
  readonly #ourWorker: Server;
  /** The queue of the Go worker. */
  readonly goQueue: string;
  /** The queue of the worker in TypeScript. */
  readonly ourQueue: string;
  readonly #place: Place;
  readonly #held: Promise<string>;
  /** Ends the task `hold`, wherever it is running in TypeScript. */
  readonly release: () => void;
  /** What the workers in TypeScript have begun, by UUID; the last run of each. */
  readonly seen = new Map<string, { readonly context: TaskContext; readonly at: number }>();
  readonly #watchers = new Set<() => void>();
  #queues = 0;

  private constructor(place: Place, go: Pair<GoMachinery>, ours: Pair<Server>) {
    this.#place = place;
    this.goQueue = goQueueOf(place);
    this.ourQueue = ourQueueOf(place);
    this.go = go.sender;
    this.#goWorker = go.worker;
    this.server = ours.sender;
    this.#ourWorker = ours.worker;
    this.send = senders(ours.sender);
    const { promise, resolve } = deferred<string>();
    this.#held = promise;
    this.release = () => resolve("TypeScript");
  }

  static async start(urls: Urls, version: GoVersion): Promise<Fleet> {
    const folder = await temporaryFolder();
    const place = { name: `interop-${randomBytes(5).toString("hex")}`, folder, urls, version };
    const forGo = await configFor(place, goQueueOf(place));
    const forUs = await configFor(place, ourQueueOf(place));
    const go = { sender: await GoMachinery.start(version, forUs), worker: await GoMachinery.start(version, forGo) };
    const ours = { sender: await connect(forGo), worker: await connect(forUs) };
    const fleet = new Fleet(place, go, ours);
    await Promise.all([go.worker.work(), fleet.#work(ours.worker, {})]);
    return fleet;
  }

  async dispose(): Promise<void> {
    this.release();
    await Promise.all([this.server.close(), this.#ourWorker.close(), this.go.kill(), this.#goWorker.kill()]);
    await removeFolder(this.#place.folder);
  }

  /** A queue that nobody works on yet. */
  newQueue(): string {
    return `${this.#place.name}.${++this.#queues}`;
  }

  /** A Go process of the test's own; its worker, once started, takes from `queue`. */
  async newGo(t: ExecutionContext, queue: string): Promise<GoMachinery> {
    const go = await GoMachinery.start(this.#place.version, await configFor(this.#place, queue));
    t.teardown(() => go.kill());
    return go;
  }

  /** A server of the test's own with a worker on `queue`, which end with the test, if not before. */
  async newWorker(t: ExecutionContext, { queue = this.newQueue(), ...options }: OurWorker): Promise<Worker> {
    const server = await connect(await configFor(this.#place, queue));
    t.teardown(() => server.close());
    return this.#work(server, options);
  }

  /** What the Go worker says of a task that it has begun. */
  readonly goBegan = (uuid: string, times = 1) => this.#goWorker.hasBegun((one) => one.uuid === uuid, times);

  /** Resolves as soon as a worker in TypeScript has begun what is looked for. */
  async hasBegun(isIt: (context: TaskContext) => boolean): Promise<void> {
    while (![...this.seen.values()].some(({ context }) => isIt(context))) {
      await new Promise<void>((resolve) => this.#watchers.add(resolve));
    }
  }

  #saw(context: TaskContext): void {
    this.seen.set(context.uuid, { context, at: Date.now() });
    for (const watcher of this.#watchers) watcher();
    this.#watchers.clear();
  }

  async #work(server: Server, { concurrency = 5, handlers: own }: OurWorker): Promise<Worker> {
    const table = new Map([...dispatch({ ...handlers, ...own })].map(([name, entry]) => [name, this.#watched(entry)]));
    const hold = () => {
      this.#saw(taskContext());
      return this.#held;
    };
    server.registerTask("hold", hold, { returns: ["string"] });
    server.registerTask("signed", (...values) => values, { returns: signed.types });
    const worker = server.newWorker("interop", { handlers: table as Dispatch, concurrency });
    await worker.start();
    return worker;
  }

  #watched<E extends { handler: (...args: any[]) => unknown }>(entry: E): E {
    return {
      ...entry,
      handler: (...args: unknown[]) => {
        this.#saw(taskContext());
        return entry.handler(...args);
      },
    };
  }
}

function configFor({ folder, name, urls: { broker, backend } }: Place, queue: string): Promise<string> {
  return writeConfig(folder, { broker, backend, exchange: name, queue, bindingKey: queue, delayedKey: `${name}.delayed` });
}

function connect(configFile: string): Promise<Server> {
  return Server.connect({ configFile, logger: silentLogger });
}
