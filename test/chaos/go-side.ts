import type { ExecutionContext } from "ava";
import { Redis } from "ioredis";
import { gateOf } from "../../src/backends/redis/group-keys.js";
import { writeConfig } from "../interop/config.js";
import { GoMachinery, type GoSignature } from "../interop/go-machinery.js";
import { temporaryFolder } from "../services/temporary-folder.js";
import { type Send, sendOne, sentTasks } from "./sends.js";
import type { Trial } from "./trial.js";
import type { Tasks } from "./worker.js";

/** Go Machinery's part in a trial: senders and workers on its queue. */
export class GoSide {
  readonly #trial: Trial;
  readonly #config: string;
  readonly #running = new Set<GoMachinery>();

  private constructor(trial: Trial, config: string) {
    this.#trial = trial;
    this.#config = config;
  }

  static async open(t: ExecutionContext, trial: Trial): Promise<GoSide> {
    const { broker, resultBackend: backend, amqp, queue } = trial.where;
    const { exchange = queue, bindingKey = queue } = amqp;
    const config = { broker, backend, exchange, bindingKey, queue, delayedKey: "delayed_tasks" };
    const side = new GoSide(trial, await writeConfig(await temporaryFolder(t), config));
    t.teardown(() => Promise.all([...side.#running].map((go) => go.kill())));
    return side;
  }

  async start(): Promise<GoMachinery> {
    const go = await GoMachinery.start("v2", this.#config, ["-ledger", this.#trial.where.ledger]);
    this.#running.add(go);
    return go;
  }

  async startWorker(concurrency: number): Promise<GoMachinery> {
    const go = await this.start();
    await go.work({ concurrency });
    return go;
  }

  /** Stops a worker as its operator would: what it has taken ends. */
  async stop(go: GoMachinery): Promise<void> {
    await go.stop();
    await go.kill();
    this.#running.delete(go);
  }

  /** Sends as `Trial.send` does, by Go. */
  async send(sends: readonly Send[], go: GoMachinery): Promise<void> {
    const { ledger } = this.#trial;
    await this.#trial.send(sends, async (some) => {
      for (const send of some) await sendOne(ledger, send, () => sendBy(go, send));
    });
  }
}

/**
 * Whether a Go worker has decided this chord and dropped its callback: it looks at the members' states once more when it has decided, and where one
 * of them runs again at that moment it says nothing and sends nothing.
 */
export async function isDroppedByGo(trial: Trial, callback: string): Promise<boolean> {
  const send = trial.sent.find((one) => one.kind === "chord" && one.callback === callback);
  if (send === undefined) return false;
  const redis = new Redis(trial.where.resultBackend);
  try {
    const tasks = await trial.ledger.report();
    const again = sentTasks(send).some((uuid) => tasks.get(uuid)!.starts > 1 && tasks.get(uuid)!.notes.includes("Go"));
    const records = (await redis.keys("*")).filter((key) => key.startsWith("group_"));
    for (const group of records) {
      const { TaskUUIDs, ChordTriggered } = JSON.parse((await redis.get(group))!);
      if (TaskUUIDs[0] !== sentTasks(send)[0]) continue;
      // Ours writes down who has won.
      const { st, by } = await redis.hgetall(gateOf(group));
      return ChordTriggered && again && (st === undefined || (st === "sent" && by === "")) && !(await redis.exists(callback));
    }
    return false;
  } finally {
    redis.disconnect();
  }
}

function sendBy(go: GoMachinery, send: Send): Promise<unknown> {
  if (send.kind === "chord") {
    const members = send.members.map((uuid, i) => signature("member", uuid, [send.first + i, send.ms[i]!]));
    return go.sendChord(members, signature("callback", send.callback, []));
  }
  const { name, uuid, args, follower, retries = 0 } = send;
  const first = { ...signature(name, uuid, args), RetryCount: retries };
  return follower === undefined ? go.send(first) : go.sendChain(first, signature("work", follower, [1]));
}

function signature(Name: Tasks, UUID: string, numbers: readonly number[]): GoSignature {
  return { Name, UUID, Args: numbers.map((Value) => ({ Type: "int64", Value })) };
}
