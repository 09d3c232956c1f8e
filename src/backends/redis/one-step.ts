import type { Message, PublishOutcome, Settlement, SettleOutcome } from "../../brokers/broker.js";
import { type Fusing, fuse, type Pushing, type RunScript, runBoth } from "../../redis/fusing.js";
import type { RedisLink } from "../../redis/link.js";
import type { Announce, Commit, Continue, StateWrite } from "../backend.js";
import { StateBatch } from "./state-batch.js";
import { callOf, note, writeStates } from "./states.js";

/** States, and what is done to messages with them, in one step: all on one Redis, which is no cluster. */

/** @see Commit */
export async function commitStates(
  link: RedisLink,
  consumer: Fusing<Settlement, SettleOutcome>,
  writes: readonly StateWrite[],
  settlements: readonly Settlement[],
): ReturnType<Commit> {
  const batch = new StateBatch(writes);
  const behind = afterStates(link, batch);
  if (behind === undefined) return { written: await writeStates(link, writes) };
  try {
    const settled = await consumer.settleBy(behind.run, settlements);
    // Where all claims are lost there is nothing to settle.
    return { written: behind.stored ? batch.outcomes() : await writeStates(link, writes), settled };
  } catch (error) {
    if (behind.stored) return { written: batch.outcomes() };
    throw error;
  }
}

/** @see Announce */
export function announceStates(
  link: RedisLink,
  broker: Pushing<Message, PublishOutcome>,
  writes: readonly StateWrite[],
  messages: readonly Message[],
): ReturnType<Announce> {
  const batch = new StateBatch(writes);
  const behind = afterStates(link, batch);
  const publishing = behind && broker.publishBy(behind.run, messages);
  return publishing?.then(
    (published) => ({ written: batch.outcomes(), published }),
    (error) => {
      if (behind!.stored) return { written: batch.outcomes() };
      throw error;
    },
  );
}

/** @see Continue */
export function continueStates(
  link: RedisLink,
  broker: Pushing<Message, PublishOutcome>,
  consumer: Fusing<Settlement, SettleOutcome>,
  writes: readonly StateWrite[],
  messages: readonly Message[],
  settlements: readonly Settlement[],
): ReturnType<Continue> {
  const batch = new StateBatch(writes);
  const behind = afterStates(link, batch, true);
  let settled: SettleOutcome[] | undefined;
  const publishAndSettle: RunScript = async (push) => {
    let pushed: unknown;
    try {
      settled = await consumer.settleBy(async (settle) => {
        const [first, second] = (await behind!.run(fuse(push, settle))) as [unknown, unknown];
        pushed = first;
        if (second === undefined) throw new Error("A message cannot be published.");
        return second;
      }, settlements);
    } catch (error) {
      if (pushed === undefined) throw error;
    }
    if (pushed === undefined) throw new Error("There is nothing to settle.");
    return pushed;
  };
  const publishing = behind && broker.publishBy(publishAndSettle, messages);
  return publishing?.then(
    (published) => ({ written: batch.outcomes(), published, ...(settled && { settled }) }),
    async (error) => {
      if (behind!.stored) return { written: batch.outcomes() };
      // All claims are lost: what has ended has ended all the same.
      if (settled !== undefined) return { written: await writeStates(link, writes) };
      throw error;
    },
  );
}

interface AfterStates {
  /** Runs another script in the same call, behind the one that stores the states. Rejects where that one objects. */
  readonly run: RunScript;
  /** Whether the states are stored. */
  stored: boolean;
}

/** `undefined` where it takes more than one call. @param whole whether nothing is run behind them where any is refused */
function afterStates(link: RedisLink, batch: StateBatch, whole = false): AfterStates | undefined {
  const [runs, ...others] = batch.calls;
  if (runs === undefined || others.length > 0 || batch.isUnfit) return undefined;
  const states = callOf(runs, whole);
  const after: AfterStates = {
    stored: false,
    run: async (second) => {
      const [answer, other] = await runBoth(link, states, second);
      note(batch, states.keys, answer);
      after.stored = true;
      if (other === undefined) throw new Error("A state is not stored.");
      return other;
    },
  };
  return after;
}
