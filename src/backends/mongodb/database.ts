import {
  type AnyBulkWriteOperation,
  type BulkWriteResult,
  type ChangeStreamDocument,
  type Collection,
  type Db,
  type Filter,
  type FindOptions,
  MongoServerError,
} from "mongodb";
import { MachineryError } from "../../errors.js";
import type { Clock } from "../../util/clock.js";
import type { Change, Changes } from "./change-feed.js";
import { Client, type ClientOptions, nameOf } from "./client.js";
import { type GroupDocument, type LeaseDocument, type MemberDocument, type TaskDocument, terminalStates } from "./documents.js";
import { failure } from "./failure.js";

export interface DatabaseOptions extends ClientOptions {
  readonly clock: Clock;
}

/** Another index on the field, or one of the same name: somebody else sees to it. */
const indexConflicts = new Set([85, 86]);
/** How many of them are under way at once for one batch. */
const ferretdbCommands = 4;
/** FerretDB 1 finds one id ten times as fast as a list of any length. */
const fewIds = 4;
const notImplemented = new Set([115, 238]);

/** The collections of one database, and what its server is able to do. */
export class Database {
  /** The largest document, in bytes. */
  readonly maxDocumentBytes: number;
  /** Whether the server tells of changes: one of a replica set or a sharded cluster does, unless it only says that it is one. */
  tellsOfChanges = false;
  /** For messages. */
  readonly name: string;
  /** Whether an update is one step on this server. FerretDB 1 reads, and then writes. */
  readonly isAtomic: boolean;
  /** Whether the server deletes what is over. */
  expires = true;
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #aheadMs: number;
  readonly #replicaSet: string | undefined;
  #closed = false;

  private constructor(client: Client, { url, database, clock }: DatabaseOptions, hello: Hello, isAtomic: boolean, aheadMs: number) {
    this.#client = client;
    this.name = nameOf(url, database);
    this.#clock = clock;
    this.#aheadMs = aheadMs;
    this.#replicaSet = client.replicaSet;
    this.maxDocumentBytes = hello.maxBsonObjectSize ?? 2 ** 24;
    this.isAtomic = isAtomic;
  }

  get tasks(): Collection<TaskDocument> {
    return this.#db.collection("tasks");
  }

  get groups(): Collection<GroupDocument> {
    return this.#db.collection("group_metas");
  }

  get members(): Collection<MemberDocument> {
    return this.#db.collection("p_members");
  }

  get leases(): Collection<LeaseDocument> {
    return this.#db.collection("p_leases");
  }

  /** Only where updates are not atomic. */
  get ends(): Collection<TaskDocument> | undefined {
    return this.isAtomic ? undefined : this.#db.collection("p_ends");
  }

  /** Whose documents are over when their `delete_at` has come. */
  get all(): Collection<{ _id: string; delete_at?: Date }>[] {
    const { tasks, groups, members, leases, ends } = this;
    return [tasks, groups, members, leases, ...(ends ? [ends] : [])] as never[];
  }

  get #db(): Db {
    return this.#client.db;
  }

  /** @throws MachineryError `ERR_BACKEND`, and `ERR_URL_OPTION` for what the driver does not take */
  static async open(options: DatabaseOptions): Promise<Database> {
    const client = new Client(options);
    try {
      const asked = options.clock.now();
      const hello: Hello = await client.db.command({ hello: 1 });
      const aheadMs = hello.localTime === undefined ? 0 : hello.localTime.getTime() - (asked + options.clock.now()) / 2;
      const { ferretdbVersion } = await client.db.command({ buildInfo: 1 });
      const isAtomic = !/^v1\./.test(ferretdbVersion);
      const database = new Database(client, options, hello, isAtomic, aheadMs);
      await database.#prepare();
      if (hello.setName !== undefined || hello.msg === "isdbgrid") database.tellsOfChanges = await database.#canWatch();
      return database;
    } catch (error) {
      await client.close();
      throw failure(error, nameOf(options.url, options.database), client.replicaSet);
    }
  }

  /**
   * Milliseconds since the epoch by the server's clock, as far ahead of ours as it was when the connection was opened: leases and times
   * of deletion then mean the same to all, whatever their clocks.
   */
  now(): number {
    return this.#clock.now() + this.#aheadMs;
  }

  /** @throws MachineryError `ERR_BACKEND`, `ERR_CLOSED` */
  async run<T>(what: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new MachineryError("ERR_CLOSED", "The MongoDB backend was closed before.");
    try {
      return await this.#client.run(what);
    } catch (error) {
      throw failure(error, this.name, this.#replicaSet);
    }
  }

  /**
   * Updates many documents in one round trip, in no order.
   *
   * @throws an error that `isDuplicate` where a document was inserted by another at the same time, or no longer fits its filter
   */
  async update<T extends { _id: string }>(collection: Collection<T>, operations: AnyBulkWriteOperation<T>[]): Promise<Updated> {
    if (this.isAtomic) return updatedBy([await collection.bulkWrite(operations, { ordered: false })]);
    // FerretDB 1 keeps one of its 100 connections for every update of a command until the command ends, and waits for more of them.
    const results: BulkWriteResult[] = [];
    let failure: PromiseRejectedResult | undefined;
    for (let i = 0; i < operations.length; i += ferretdbCommands) {
      const commands = operations.slice(i, i + ferretdbCommands).map((operation) => collection.bulkWrite([operation]));
      for (const result of await Promise.allSettled(commands)) {
        if (result.status === "fulfilled") results.push(result.value);
        else failure ??= result;
      }
    }
    if (failure) throw failure.reason;
    return updatedBy(results);
  }

  /** The documents of these ids, however many of them are there. */
  async find<T extends { _id: string }>(
    collection: Collection<T>,
    ids: readonly string[],
    options: FindOptions = {},
  ): Promise<Map<string, T>> {
    const unique = [...new Set(ids)];
    const filters = this.isAtomic || unique.length > fewIds ? [{ _id: { $in: unique } }] : unique.map((_id) => ({ _id }));
    // With a limit, FerretDB 1 stops where it has found one.
    const limit = filters.length === unique.length ? { limit: 1 } : {};
    const found = await Promise.all(
      filters.map((filter) => collection.find<T>(filter as Filter<T>, { ...options, ...limit }).toArray()),
    );
    return new Map(found.flat().map((document) => [document._id, document]));
  }

  /** A stream of the ids of tasks whose states change. @param all whether to any state, or to a terminal one */
  changes(all: boolean): Changes {
    const state = all ? { $exists: true } : { $in: [...terminalStates] };
    const pipeline = [
      { $match: { $or: [{ "updateDescription.updatedFields.state": state }, { "fullDocument.state": state }] } },
      { $project: { documentKey: 1 } },
    ];
    return this.tasks.watch<TaskDocument, Change & ChangeStreamDocument<TaskDocument>>(pipeline);
  }

  /** One that cannot, says so with the first answer: MongoDB with 40573, FerretDB with 238. */
  async #canWatch(): Promise<boolean> {
    const changes = this.changes(false);
    try {
      await changes.tryNext();
      return true;
    } catch (error) {
      if (error instanceof MongoServerError) return false;
      throw error;
    } finally {
      await changes.close();
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#client.close();
  }

  /** The indexes: one to count members by, and those by which the server deletes what is over. */
  async #prepare(): Promise<void> {
    await this.#db.createIndex(this.members.collectionName, { group: 1 });
    for (const { collectionName } of this.all) {
      try {
        await this.#db.createIndex(collectionName, { delete_at: 1 }, { expireAfterSeconds: 0 });
      } catch (error) {
        const code = error instanceof MongoServerError ? Number(error.code) : 0;
        if (notImplemented.has(code)) this.expires = false;
        else if (!indexConflicts.has(code)) throw error;
      }
    }
  }
}

export interface Updated {
  /** How many documents were there and fitted their filter. */
  readonly matched: number;
  /** The ids of those that were not there. */
  readonly inserted: ReadonlySet<string>;
}

/** By the ids of what was inserted, not by their places, which FerretDB miscounts. */
function updatedBy(results: readonly BulkWriteResult[]): Updated {
  const inserted = new Set<string>();
  let matched = 0;
  for (const { matchedCount, upsertedIds } of results) {
    matched += matchedCount;
    for (const id of Object.values(upsertedIds)) inserted.add(id);
  }
  return { matched, inserted };
}

interface Hello {
  readonly localTime?: Date;
  readonly maxBsonObjectSize?: number;
  readonly setName?: string;
  readonly msg?: string;
}
