import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ExecutionContext } from "ava";
import { Server, type ServerOptions, silentLogger } from "machinery-ts";
import { resolveConfig } from "../../src/config/config.js";
import { openBackend } from "../../src/connect.js";
import { removeFolder, temporaryFolder } from "../services/temporary-folder.js";
import { type Account, settleAccount, type TaskRecord } from "./account.js";
import { Child, type Exit } from "./child.js";
import { Fleet } from "./fleet.js";
import { fallsInto, type Gap } from "./gap.js";
import { LedgerClient } from "./ledger-client.js";
import { randomOf, seed } from "./profile.js";
import type { Random } from "./random.js";
import type { SenderOrders } from "./sender.js";
import { Draw, expectedArgs, followingTasks, type Send, sendAll, sentTasks } from "./sends.js";
import { States } from "./states.js";
import type { WorkerOrders } from "./worker.js";

/** Where a trial's tasks go: fresh for each, and gone after it. */
export interface Subject {
  readonly broker: string;
  /** The same broker, which soon gives up a worker that is silent; absent: the lease says when it does. */
  readonly impatientBroker?: string;
  readonly amqp?: ServerOptions["amqp"];
  readonly resultBackend: string;
  /** What the sentinels call the master, where the URLs are those of sentinels. */
  readonly masterName?: string;
  /** Go workers take part: a task that one of them is given may end again, with the same result. */
  readonly mixed?: boolean;
  close?(): Promise<void>;
}

/** How long nothing may end, in milliseconds, before a trial gives up: a net, not an expectation. */
const patienceMs = 30_000;
const stepMs = 20;
/** How long after a task's end what follows it may be sent, in milliseconds. */
const followMs = 1_000;

/** What workers are told, unless a scenario wants it otherwise. */
export const defaults = { concurrency: 10, leaseMs: 1_500, graceMs: 10_000, maxCrashes: 1_000 };

/** One scenario's world: a subject, the ledger, workers, and what has been sent. */
export class Trial {
  readonly random: Random;
  readonly draw: Draw;
  readonly server: Server;
  readonly ledger: LedgerClient;
  readonly states: States;
  readonly queue: string;
  /** Tasks that never end, through no fault of this library. */
  readonly excused = new Set<string>();
  readonly #subject: Subject;
  readonly #socket: string;
  readonly #cleanUp: (() => Promise<unknown>)[];
  readonly #sends: Send[] = [];
  readonly #stuck: string[] = [];

  private constructor(
    parts: Pick<Trial, "random" | "server" | "ledger" | "states" | "queue">,
    subject: Subject,
    socket: string,
    cleanUp: (() => Promise<unknown>)[],
  ) {
    this.random = parts.random;
    this.server = parts.server;
    this.ledger = parts.ledger;
    this.states = parts.states;
    this.queue = parts.queue;
    this.draw = new Draw(parts.random, parts.queue);
    this.#subject = subject;
    this.#socket = socket;
    this.#cleanUp = cleanUp;
  }

  static async open(scenario: string, subject: Subject, ofSeed = seed): Promise<Trial> {
    const cleanUp: (() => Promise<unknown>)[] = [async () => subject.close?.()];
    const folder = await temporaryFolder();
    cleanUp.unshift(() => removeFolder(folder));
    const socket = join(folder, "socket");
    const judge = new Child("ledger", socket);
    cleanUp.unshift(() => {
      judge.kill("SIGKILL");
      return judge.exited;
    });
    if (!(await judge.ready)) throw new Error(`there is no ledger: ${judge.errors}`);
    const ledger = await LedgerClient.connect(socket);
    cleanUp.unshift(async () => ledger.close());
    const queue = queueOf(scenario, ofSeed);
    const random = randomOf(scenario, ofSeed);
    const { broker, resultBackend, amqp = {}, masterName = "", mixed = false } = subject;
    const where = { broker, resultBackend, amqp, redis: { masterName } };
    const server = await Server.connect({ ...where, defaultQueue: queue, logger: silentLogger });
    cleanUp.unshift(() => server.close());
    const backend = await openBackend(resultBackend, await resolveConfig(where));
    cleanUp.unshift(() => backend.close());
    const states = new States(backend, random, mixed);
    cleanUp.unshift(() => states.stop());
    return new Trial({ random, server, ledger, states, queue }, subject, socket, cleanUp);
  }

  /** All that was sent. */
  get sent(): readonly Send[] {
    return this.#sends;
  }

  /** For workers that are to be missed within seconds of their silence. */
  get impatientBroker(): string {
    return this.#subject.impatientBroker ?? this.#subject.broker;
  }

  fleet(size: number, orders: Partial<WorkerOrders> = {}, environment?: (killed: number) => NodeJS.ProcessEnv): Fleet {
    const fleet = new Fleet({ ...defaults, ...this.where, ...orders }, size, environment);
    this.#cleanUp.unshift(() => fleet.destroy());
    return fleet;
  }

  /** Has another process send them, one after another; resolves to how it has ended. What it had confirmed is waited for from now on. */
  async sendElsewhere(sends: readonly Send[], environment: NodeJS.ProcessEnv): Promise<Exit> {
    this.#sends.push(...sends);
    const sender = new Child("sender", JSON.stringify({ ...this.where, sends } satisfies SenderOrders), environment);
    const exit = await sender.exited;
    if (exit.signal !== "SIGKILL" && exit.code !== 0) throw new Error(`the sender failed: ${sender.errors}`);
    const tasks = await this.ledger.report();
    for (const send of sends.filter((send) => isConfirmed(send, tasks))) {
      this.states.expect([...sentTasks(send), ...followingTasks(send)]);
    }
    return exit;
  }

  /** @param by sends them, and tells the ledger; default: this process's server */
  async send(
    sends: readonly Send[],
    by = (some: readonly Send[]): Promise<void> => sendAll(this.server, this.ledger, some),
  ): Promise<void> {
    this.#sends.push(...sends);
    for (const send of sends) this.states.expect([...sentTasks(send), ...followingTasks(send)]);
    for (let i = 0; i < sends.length; i += 500) await by(sends.slice(i, i + 500));
  }

  /** Sends a few at a time, without a pause, until somebody says stop; resolves to how many sends it were. */
  async keepSending(draw: () => Send[], stop: AbortSignal): Promise<number> {
    let sent = 0;
    while (!stop.aborted) {
      const sends = draw();
      await this.send(sends);
      sent += sends.length;
      // What is far ahead of the workers says nothing of them. A server that is away cannot be asked.
      const tooMany = async (): Promise<boolean> => (await this.server.getBroker().inspect(this.queue)).pending > 200;
      do await sleep(stepMs);
      while (!stop.aborted && (await tooMany().catch(() => true)));
    }
    return sent;
  }

  /** What workers and senders elsewhere are told. */
  get where() {
    const { broker, resultBackend, amqp = {}, masterName } = this.#subject;
    return { broker, resultBackend, amqp, masterName, queue: this.queue, ledger: this.#socket };
  }

  /**
   * Waits until it holds; fails where nothing moves any more.
   * @param also what else moves besides tasks that have their effect, or end
   */
  async until(what: string, holds: () => boolean | Promise<boolean>, also: () => number = () => 0): Promise<void> {
    let before = "";
    let moved = Date.now();
    while (!(await holds())) {
      const now = `${this.states.ended.size} ${await this.progress()} ${also()}`;
      if (now !== before) moved = Date.now();
      before = now;
      if (Date.now() - moved > patienceMs) {
        const open = [...this.states.open].slice(0, 5).join(", ");
        throw new Error(`nothing moves, and still not ${what}; open: ${this.states.open.size} (${open})`);
      }
      await sleep(stepMs);
    }
  }

  /**
   * All tasks have ended, or nothing moves any more: the account will say what is lost.
   * @param isExcused asked of each that has not ended by then: whether that is none of this library's doing
   */
  async allEnded(isExcused: (uuid: string) => Promise<boolean> = async () => false): Promise<void> {
    const haveEnded = () => [...this.states.open].every((uuid) => this.excused.has(uuid));
    try {
      await this.until("all have ended", haveEnded);
    } catch (error) {
      for (const uuid of this.states.open) if (await isExcused(uuid)) this.excused.add(uuid);
      if (!haveEnded()) this.#stuck.push(String(error));
    }
  }

  /** Nothing waits, is claimed or delayed, or nothing moves any more; the dead letters are counted by who expects them. */
  async queueEmpty(): Promise<void> {
    const broker = this.server.getBroker();
    await this.#orStuck("the queue is empty", async () => {
      const { pending, delayed, claimed } = await broker.inspect(this.queue);
      return pending + (delayed ?? 0) + (claimed ?? 0) === 0;
    });
  }

  async #orStuck(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    try {
      await this.until(what, holds);
    } catch (error) {
      this.#stuck.push(String(error));
    }
  }

  /** How many tasks have had their effect. */
  progress(): Promise<number> {
    return this.ledger.ask<number>({ op: "progress" });
  }

  /**
   * The end of every trial: what must hold whatever was done to it.
   * @param deaths how many workers died, how many tasks each of them could hold, and how many further runs there are for other reasons
   * @param gaps what the servers have forgotten: what was sent then may be lost, and what ended then may end otherwise
   */
  async judge(
    t: ExecutionContext,
    deaths: { readonly kills: number; readonly held: number; readonly more?: number },
    gaps: readonly Gap[] = [],
  ): Promise<Judgement> {
    await this.states.stop();
    const tasks = await this.ledger.report();
    const follows = new Set(this.#sends.filter((send) => isConfirmed(send, tasks)).flatMap(followingTasks));
    const known = new Set(this.#sends.flatMap(followingTasks));
    const ends = [...this.states.ended].filter(([uuid]) => !this.states.forgotten.has(uuid));
    const ended = new Set(ends.map(([uuid]) => uuid));
    const succeeded = new Set(ends.filter(([, { state }]) => state === "SUCCESS").map(([uuid]) => uuid));
    const account = settleAccount(tasks, { follows, known, ended, succeeded });
    const { lost, imagined, unexpected, ineffective, ...counts } = account;
    t.log({ ...counts, kills: deaths.kills, ended: ended.size, stuck: this.#stuck });
    const sentAt = new Map([...tasks].map(([uuid, task]) => [uuid, task.sentAt]));
    const endBefore = new Map<string, number>();
    for (const send of this.#sends)
      for (const uuid of followingTasks(send)) {
        sentAt.set(uuid, tasks.get(sentTasks(send)[0]!)?.sentAt);
        endBefore.set(uuid, Math.max(...sentTasks(send).map((before) => tasks.get(before)?.endedAt ?? 0)));
      }
    // What follows is lost with what comes before it, or when the worker has sent it that has seen the end of that.
    const followGaps = gaps.map(({ from, to }) => ({ from: from - followMs, to }));
    const missing = lost.filter(
      (uuid) => !fallsInto(gaps, sentAt.get(uuid)) && !fallsInto(followGaps, endBefore.get(uuid)) && !this.excused.has(uuid),
    );
    // To begin with: whether it ran, and whether it had ended before.
    for (const uuid of missing.slice(0, 3)) t.log({ uuid, ...tasks.get(uuid), changed: this.states.changed.get(uuid) });
    const changed = [...this.states.changed];
    if (gaps.length > 0)
      t.log({
        lost: lost.length,
        endedAnew: changed.length - this.states.forgotten.size,
        gapsMs: gaps.map(({ from, to }) => to - from),
      });
    t.deepEqual(missing, [], "lost");
    t.deepEqual(this.#stuck, []);
    t.deepEqual(imagined, [], "succeeded without a run");
    t.deepEqual(unexpected, [], "ran, and nobody sent it");
    t.deepEqual(ineffective, [], "succeeded without its effect");
    t.deepEqual(
      changed.filter(([uuid]) => !fallsInto(gaps, this.states.ended.get(uuid)?.seenAt)),
      [],
      "terminal states changed",
    );
    const bound = deaths.kills * deaths.held + (deaths.more ?? 0);
    t.true(account.duplicated <= bound, `${account.duplicated} duplicates, more than ${bound}`);
    for (const send of this.#sends) {
      const args = expectedArgs(send);
      const callback = followingTasks(send)[0];
      const got = callback === undefined ? undefined : tasks.get(callback)?.args;
      if (args && got !== undefined) t.deepEqual(got, args, `the arguments of ${callback}`);
    }
    return { account, tasks, succeeded };
  }

  async close(): Promise<void> {
    for (const clean of this.#cleanUp) await clean();
  }
}

/** The default queue of a scenario. */
export const queueOf = (scenario: string, ofSeed = seed): string => `chaos-${scenario.replaceAll(/[^a-z0-9]+/g, "-")}-${ofSeed}`;

export interface Judgement {
  readonly account: Account;
  readonly tasks: ReadonlyMap<string, TaskRecord>;
  readonly succeeded: ReadonlySet<string>;
}

function isConfirmed(send: Send, tasks: ReadonlyMap<string, TaskRecord>): boolean {
  return sentTasks(send).every((uuid) => tasks.get(uuid)?.sent === "ok");
}
