import { MachineryError } from "../../errors.js";
import type { ScriptCall } from "../../redis/fusing.js";
import type { RedisLink } from "../../redis/link.js";
import { Script } from "../../redis/script.js";
import type { StateWrite, WriteOutcome } from "../backend.js";
import { channelOf } from "./announcements.js";
import { StateBatch, type StateRun } from "./state-batch.js";
import { storeAllStates, storeStates } from "./state-scripts.js";

const anyStates = new Script(storeStates);
/** Where all are PENDING they only add to what is there. */
const newStates = new Script(storeStates, { needsRoom: true });
/** Where one is refused, what would be done behind them is not done. */
const allStates = new Script(storeAllStates);

/** Stores states by the backend's rule, in one script call for most batches. */
export async function writeStates(link: RedisLink, writes: readonly StateWrite[]): Promise<WriteOutcome[]> {
  const batch = new StateBatch(writes);
  if (link.isCluster) await storeOneByOne(link, batch);
  else await Promise.all(batch.calls.map((runs) => store(link, batch, runs)));
  return batch.outcomes();
}

async function store(link: RedisLink, batch: StateBatch, runs: readonly StateRun[]): Promise<void> {
  const { script, keys, args } = callOf(runs);
  note(batch, keys, await link.run(script, keys, args));
}

export interface StatesCall extends ScriptCall {
  readonly keys: readonly string[];
}

/** The call that stores these states. @param whole whether it objects to what comes behind it where any is refused */
export function callOf(runs: readonly StateRun[], whole = false): StatesCall {
  const script = whole ? allStates : runs.every(({ isNew }) => isNew) ? newStates : anyStates;
  const args: (string | number)[] = [runs.length];
  for (const { ids, isNew, ttlMs, createdAtLength, wantsBefore, isTerminal, notify } of runs) {
    const channel = notify === undefined ? "" : channelOf(notify, isTerminal);
    args.push(ids.length, isNew ? "new" : "next", wholeMs(ttlMs), createdAtLength, wantsBefore ? 1 : 0, channel);
  }
  for (const { jsons } of runs) for (const json of jsons) args.push(json);
  return { script, keys: runs.flatMap(({ ids }) => ids), args };
}

/** What the script has said. */
export function note(batch: StateBatch, keys: readonly string[], answer: unknown): void {
  const items = answer as (number | Buffer | null)[];
  for (let i = 0; i < items.length; i += 3) {
    const [place, failed, said] = items.slice(i, i + 3) as [number, number, Buffer | null];
    const id = keys[place - 1]!;
    const text = said === null ? null : said.toString();
    batch.answered(id, failed === 1 ? unfitKey(id, text!) : text);
  }
}

/**
 * In a cluster a script cannot reach into another slot: there is a call for each task, all of them on their way at once. They are
 * announced afterwards, together and from one node, so that what one worker says is heard in the order in which it was said.
 */
async function storeOneByOne(link: RedisLink, batch: StateBatch): Promise<void> {
  const runs = batch.calls.flat();
  const stored = runs.flatMap((run) =>
    run.ids.map((id, i) => {
      const wantsBefore = run.wantsBefore || run.notify !== undefined;
      return store(link, batch, [{ ...run, wantsBefore, notify: undefined, ids: [id], jsons: [run.jsons[i]!] }]);
    }),
  );
  const failed = (await Promise.allSettled(stored)).find(({ status }) => status === "rejected");
  if (failed?.status === "rejected") throw failed.reason;
  for (const run of runs) {
    const channel = run.notify === undefined ? "" : channelOf(run.notify, run.isTerminal);
    const lines = channel === "" ? [] : run.ids.flatMap((id, i) => batch.announcementOf(run, id, run.jsons[i]!));
    // At most once: the state is stored, and who waits looks by himself in the end.
    if (lines.length > 0) link.callNear(channel, "PUBLISH", channel, lines.join("\n")).catch(() => {});
  }
}

/** Redis takes no fraction of a millisecond, and no time that is over. */
export const wholeMs = (ms: number): number => Math.max(1, Math.ceil(ms));

function unfitKey(id: string, said: string): MachineryError {
  const what = said.startsWith("WRONGTYPE") ? "something that is no state is stored under this id." : said.slice(0, 80);
  return new MachineryError("ERR_BACKEND", what, { at: id, hint: "Use a database of its own for tasks and results." });
}
