import { MachineryError } from "../../errors.js";
import { asArgument, asBuffer, type CommandArgument, type CommandArguments } from "../../redis/command.js";
import { refusalInScript } from "../../redis/errors.js";
import type { RunScript } from "../../redis/fusing.js";
import type { RedisLink } from "../../redis/link.js";
import { systemClock } from "../../util/clock.js";
import type { Message, PublishOutcome } from "../broker.js";
import type { Delayed } from "./delayed.js";
import { checkQueueName } from "./queue-keys.js";
import { push } from "./queue-scripts.js";

const published: PublishOutcome = Object.freeze({ status: "ok" });
/** How many messages one command adds. */
const mostAtOnce = 1_000;
/** How many messages one script adds, and how many bytes each may have: for more, commands of their own cost the server less. */
const mostInScript = 20;
const largestInScript = 64 * 1024;

/** Puts messages into queues: one command a list, all in one round trip. */
export class Publisher {
  readonly #redis: RedisLink;
  readonly #delayed: Delayed;

  constructor(redis: RedisLink, delayed: Delayed) {
    this.#redis = redis;
    this.#delayed = delayed;
  }

  async publish(messages: readonly Message[]): Promise<PublishOutcome[]> {
    const outcomes: PublishOutcome[] = new Array(messages.length).fill(published);
    const lists = new Map<string, number[]>();
    const delayed: number[] = [];
    const now = systemClock.now();
    for (let i = 0; i < messages.length; i++) {
      const { queue, notBefore = 0 } = messages[i]!;
      const error = this.#refusal(messages[i]!, lists);
      if (error !== undefined) outcomes[i] = { status: "error", error };
      else if (notBefore > now) delayed.push(i);
      else lists.get(queue)?.push(i) ?? lists.set(queue, [i]);
    }
    await Promise.all([this.#push(messages, lists, outcomes), this.#delay(messages, delayed, outcomes)]);
    return outcomes;
  }

  /** @see Pushing */
  publishBy(run: RunScript, messages: readonly Message[]): Promise<PublishOutcome[]> | undefined {
    if (messages.length > mostInScript || this.#redis.isCluster) return undefined;
    const lists = new Map<string, number[]>();
    const now = systemClock.now();
    for (let i = 0; i < messages.length; i++) {
      const { queue, body, notBefore = 0 } = messages[i]!;
      if (notBefore > now || body.byteLength > largestInScript || this.#refusal(messages[i]!, lists) !== undefined)
        return undefined;
      lists.get(queue)?.push(i) ?? lists.set(queue, [i]);
    }
    return this.#pushBy(run, messages, lists);
  }

  async #pushBy(run: RunScript, messages: readonly Message[], lists: ReadonlyMap<string, number[]>): Promise<PublishOutcome[]> {
    const args: CommandArgument[] = [];
    for (const all of lists.values()) args.push(all.length, ...all.map((i) => asArgument(messages[i]!.body)));
    const keys = [...lists.keys()];
    const failed = (await run({ script: push, keys, args })) as (number | Buffer)[];
    const outcomes: PublishOutcome[] = new Array(messages.length).fill(published);
    for (let i = 0; i < failed.length; i += 2) {
      const error = refusalInScript(String(failed[i + 1]), "ERR_BROKER", this.#redis.place);
      fail(outcomes, lists.get(keys[Number(failed[i]) - 1]!)!, error);
    }
    return outcomes;
  }

  /** Appends messages to their lists: one command a list. */
  async #push(messages: readonly Message[], lists: ReadonlyMap<string, number[]>, outcomes: PublishOutcome[]): Promise<void> {
    const commands: (readonly [string, ...CommandArguments])[] = [];
    const parts: number[][] = [];
    for (const [queue, all] of lists) {
      for (let start = 0; start < all.length; start += mostAtOnce) {
        const part = all.slice(start, start + mostAtOnce);
        parts.push(part);
        commands.push(["RPUSH", queue, part.map((i) => asArgument(messages[i]!.body))]);
      }
    }
    if (commands.length === 0) return;
    let results: PromiseSettledResult<unknown>[];
    try {
      results = await this.#redis.callAll(commands);
    } catch (reason) {
      results = commands.map(() => ({ status: "rejected", reason }));
    }
    for (const [n, result] of results.entries()) {
      if (result.status === "rejected") fail(outcomes, parts[n]!, result.reason);
    }
  }

  async #delay(messages: readonly Message[], places: readonly number[], outcomes: PublishOutcome[]): Promise<void> {
    if (places.length === 0) return;
    try {
      await this.#delayed.add(
        places.map((i) => {
          const { queue, body, notBefore } = messages[i]!;
          return { queue, body: asBuffer(body), notBefore: notBefore! };
        }),
      );
    } catch (error) {
      fail(outcomes, places, error as MachineryError);
    }
  }

  #refusal({ queue, body, priority = 0 }: Message, known: ReadonlyMap<string, unknown>): MachineryError | undefined {
    if (body.byteLength === 0) return new MachineryError("ERR_BROKER", "An empty message cannot be published.");
    if (priority !== 0) return new MachineryError("ERR_UNSUPPORTED", "Redis knows no priorities: Machinery's queue is a list.");
    if (known.has(queue)) return undefined;
    try {
      checkQueueName(queue, this.#delayed.keys.set);
      return undefined;
    } catch (error) {
      return error as MachineryError;
    }
  }
}

function fail(outcomes: PublishOutcome[], places: readonly number[], error: MachineryError): void {
  const status = error.code === "ERR_AMBIGUOUS" ? "ambiguous" : "error";
  for (const i of places) outcomes[i] = { status, error };
}
