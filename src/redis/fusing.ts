import type { CommandArgument } from "./command.js";
import type { RedisLink } from "./link.js";
import type { Script } from "./script.js";

/** A script that is to be run, with all that belongs to it. */
export interface ScriptCall {
  readonly script: Script;
  readonly keys: readonly CommandArgument[];
  readonly args: readonly CommandArgument[];
}

/** Who runs a script, by itself or together with another, and says what it answers. */
export type RunScript = (call: ScriptCall) => Promise<unknown>;

/** One whose scripts others may run together with theirs: a broker's consumer, whose claims end with what its backend stores. */
export interface Fusing<Settlement, Outcome> {
  /** What its keys are reached by. */
  readonly redis: RedisLink;
  /** Settles, with `run` instead of by itself; that is called once, or not at all if there is nothing to settle. */
  settleBy(run: RunScript, settlements: readonly Settlement[]): Promise<Outcome[]>;
}

/** One whose messages others may publish together with their scripts: a broker, whose messages go out with the states its backend stores. */
export interface Pushing<Message, Outcome> {
  readonly redis: RedisLink;
  /** Publishes with `run` instead of by itself, and calls that once; `undefined`, and nothing is done, where it takes more than one script. */
  publishBy(run: RunScript, messages: readonly Message[]): Promise<Outcome[]> | undefined;
}

/** Scripts that are run as one, by the first and the second of them. */
const pairs = new Map<Script, Map<Script, Script>>();

/**
 * Runs two scripts as one: both or none. The second only if the first does not object (see `Script.behind`): then its answer is
 * `undefined`.
 */
export async function runBoth(redis: RedisLink, first: ScriptCall, second: ScriptCall): Promise<[unknown, unknown]> {
  const { script, keys, args } = fuse(first, second);
  return (await redis.run(script, keys, args)) as [unknown, unknown];
}

/** The same as a call that has not been made: it may be one of two itself. */
export function fuse(first: ScriptCall, second: ScriptCall): ScriptCall {
  return {
    script: pairOf(first.script, second.script),
    keys: [...first.keys, ...second.keys],
    args: [first.keys.length, first.args.length, ...first.args, ...second.args],
  };
}

function pairOf(first: Script, second: Script): Script {
  const known = pairs.get(first)?.get(second);
  if (known !== undefined) return known;
  const pair = second.behind(first);
  pairs.set(first, new Map(pairs.get(first)).set(second, pair));
  return pair;
}
