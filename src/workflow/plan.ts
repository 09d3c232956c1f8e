import { MachineryError } from "../errors.js";
import { type IdSource, newIds, newTaskId } from "../util/ids.js";
import { MAX_CALLBACK_DEPTH, MAX_CHAIN_LENGTH } from "../wire/envelope.js";
import type { SignatureEncoder } from "./encode.js";
import { etaOf } from "./eta.js";
import { missing } from "./flow-check.js";
import { shapeOf } from "./shape.js";
import { callbacks, noOptions, Signature, type SignatureTask } from "./signature.js";
import { Chord, Group, type Item } from "./workflow.js";

/** A message to publish. */
export interface PlannedMessage {
  readonly uuid: string;
  readonly task: SignatureTask;
  readonly queue: string;
  readonly json: string;
  /** Milliseconds since the epoch. */
  readonly notBefore: number | undefined;
  readonly priority: number;
}

/** A group whose record must be stored before anything is published. */
export interface PlannedGroup {
  readonly uuid: string;
  /** The tasks whose ends count, in order: a chain's last one. */
  readonly members: readonly string[];
  /** Whether a chord's callback waits for all of them. */
  readonly awaited: boolean;
}

/** A task whose result is the workflow's, or those of a group's members. */
export type PlannedResult = PlannedTask | readonly PlannedResult[];

export interface PlannedTask {
  readonly uuid: string;
  readonly task: SignatureTask;
}

/** A workflow with all its ids: what to store and publish to send it, and what to wait for. */
export interface Plan {
  readonly groups: readonly PlannedGroup[];
  /** The tasks that start at once, in order. */
  readonly messages: readonly PlannedMessage[];
  /** Every task that runs if all goes well, each before those that follow it. */
  readonly tasks: readonly PlannedTask[];
  readonly result: PlannedResult;
}

/** How many callbacks of a kind a task may have, by the schema of signatures. */
const MAX_CALLBACKS = 100;

/**
 * Gives every task of a workflow its id and writes the messages that start it. Chains are nested OnSuccess, chords members with
 * the callback in each, exactly as Machinery writes them; what Machinery has no word for is put together of these two:
 *
 * - a group in a chain: the tasks of the OnSuccess of the task before it are its members, the task behind it their callback;
 * - a chain in a group: its last task is the member.
 *
 * The same signature may be planned again and again, unless an id of its own stands in it.
 *
 * @param now when it is sent, milliseconds since the epoch
 * @param ids what those get that have no id of their own
 * @throws MachineryError `ERR_SIGNATURE_INCOMPLETE` where the first task still lacks arguments, `ERR_WORKFLOW` for two tasks of
 * one id and for callbacks that nest deeper than a worker accepts
 */
export function plan(item: Item, encoder: SignatureEncoder, now: number, ids: IdSource = newIds): Plan {
  for (const { task, given } of shapeOf(item).heads) checkComplete(task, given);
  return new Planner(encoder, now, ids).plan(item);
}

/** The same for a single task, and cheaper: the message alone. */
export function planTask(signature: Signature, encoder: SignatureEncoder, now: number): PlannedMessage {
  const { task, options } = signature;
  if (options.onSuccess !== undefined || options.onError !== undefined) return plan(signature, encoder, now).messages[0]!;
  checkComplete(task, signature.given);
  const uuid = options.uuid ?? newTaskId(now);
  if (options === noOptions) {
    const { queue, json } = encoder.encodePlain(signature, uuid);
    return { uuid, task, queue, json, notBefore: undefined, priority: 0 };
  }
  const json = encoder.encode(signature, { uuid, first: true, now });
  const queue = encoder.queueOf(signature, true);
  return { uuid, task, queue, json, notBefore: etaOf(signature, now), priority: options.priority ?? 0 };
}

function checkComplete(task: SignatureTask, given: number): void {
  if (task.takes === undefined) return;
  const least = task.variadic ? task.takes.length - 1 : task.takes.length;
  if (given >= least) return;
  const lacks = missing({ task, given }).slice(0, least - given);
  throw new MachineryError("ERR_SIGNATURE_INCOMPLETE", `"${task.name}" still lacks (${lacks.join(", ")}), and it comes first.`);
}

/** What comes after an item, written already: plans are made from the end. */
interface Next {
  /** What is sent after a single task. */
  readonly onSuccess: readonly string[];
  /** How deep that nests, a plain chain counted once, and the longest plain chain in it. */
  readonly depth: number;
  readonly length: number;
  /** The callback of the group that the item is, or is a member of. */
  readonly chord?: string | undefined;
  readonly group?: { readonly uuid: string; readonly count: number; readonly members: string[] } | undefined;
}

/** The tasks an item starts with, written. */
interface Written {
  readonly messages: readonly PlannedMessage[];
  readonly depth: number;
  readonly length: number;
  readonly result: PlannedResult;
}

/** Where the heads of an item stand: sent at once, after a task, or after a group. */
type Standing = "first" | "after" | "chord" | "chord-anyway";

class Planner {
  readonly #ids = new Set<string>();
  readonly #groups: PlannedGroup[] = [];
  readonly #tasks: PlannedTask[] = [];

  constructor(
    private readonly encoder: SignatureEncoder,
    private readonly now: number,
    private readonly ids: IdSource,
  ) {}

  plan(item: Item): Plan {
    const { messages, result } = this.#item(item, { onSuccess: [], depth: 0, length: 0 }, "first");
    return { groups: this.#groups, messages, tasks: this.#tasks.reverse(), result };
  }

  #item(item: Item, next: Next, standing: Standing): Written {
    if (item instanceof Signature) return this.#signature(item, next, standing);
    if (item instanceof Group) return this.#group(item, next, standing);
    if (item instanceof Chord) return this.#steps([item.group, item.callback], item.onFailure === "run", next, standing);
    return this.#steps(item.items, false, next, standing);
  }

  /** Items one after another, from the last to the first. */
  #steps(items: readonly Item[], anyway: boolean, next: Next, standing: Standing): Written {
    let result: PlannedResult | undefined;
    let following = next;
    for (let i = items.length - 1; ; i--) {
      const wideBefore = i > 0 && shapeOf(items[i - 1]!).endsWide;
      const here = i === 0 ? standing : wideBefore ? (anyway ? "chord-anyway" : "chord") : "after";
      const written = this.#item(items[i]!, following, here);
      result ??= written.result;
      if (i === 0) return { ...written, result };
      const texts = written.messages.map(({ json }) => json);
      following = wideBefore
        ? { onSuccess: [], depth: written.depth, length: written.length, chord: texts[0] }
        : { onSuccess: texts, depth: written.depth, length: written.length };
    }
  }

  /** A group inside a group, or at the end of a chain that is a member, is part of that group. */
  #group(group: Group<readonly Item[]>, next: Next, standing: Standing): Written {
    let within = next;
    if (next.group === undefined) {
      const opened = {
        uuid: this.ids.group(this.now),
        count: group.shape.ends.length,
        members: [],
        awaited: next.chord !== undefined,
      };
      this.#groups.push(opened);
      within = { ...next, group: opened };
    }
    const members = group.members.map((member) => this.#item(member, within, standing));
    return {
      messages: members.flatMap(({ messages }) => messages),
      depth: Math.max(...members.map(({ depth }) => depth)),
      length: Math.max(...members.map(({ length }) => length)),
      result: members.map(({ result }) => result),
    };
  }

  #signature(signature: Signature, next: Next, standing: Standing): Written {
    const { task, options } = signature;
    const chord = standing === "chord" || standing === "chord-anyway";
    const uuid = this.#idOf(signature, chord);
    const success = this.#callbacks(options.onSuccess);
    const error = this.#callbacks(options.onError);
    const line = next.chord === undefined && next.onSuccess.length + success.texts.length === 1;
    const depth = Math.max(Math.max(next.depth, success.depth) + (line ? 0 : 1), error.depth + 1);
    const length = Math.max(next.length, success.length, error.length) + (line ? 1 : 0);
    if (depth > MAX_CALLBACK_DEPTH + 1 || length > MAX_CHAIN_LENGTH) {
      const most =
        length > MAX_CHAIN_LENGTH ? `${MAX_CHAIN_LENGTH} tasks follow` : `${MAX_CALLBACK_DEPTH} groups or branches follow`;
      throw new MachineryError("ERR_WORKFLOW", `more than ${most} one after another, and no worker takes that.`, {
        at: task.name,
        hint: "Let the last one of them send the others.",
      });
    }
    if (Math.max(next.onSuccess.length + success.texts.length, error.texts.length) > MAX_CALLBACKS) {
      throw new MachineryError("ERR_WORKFLOW", `more than ${MAX_CALLBACKS} tasks follow this one, and no worker takes that.`, {
        at: task.name,
      });
    }
    next.group?.members.push(uuid);
    this.#tasks.push({ uuid, task });
    const first = standing === "first";
    const json = this.encoder.encode(signature, {
      uuid,
      first,
      now: this.now,
      group: next.group,
      chord: next.chord,
      onSuccess: [...next.onSuccess, ...success.texts],
      onError: error.texts,
      runAnyway: standing === "chord-anyway",
    });
    const message = {
      uuid,
      task,
      queue: this.encoder.queueOf(signature, first),
      json,
      notBefore: etaOf(signature, this.now),
      priority: options.priority ?? 0,
    };
    return { messages: [message], depth, length, result: { uuid, task } };
  }

  /** The callbacks of one task that are no part of the workflow's own course. */
  #callbacks(of: Signature | readonly Signature[] | undefined): { texts: string[]; depth: number; length: number } {
    const texts: string[] = [];
    let deepest = 0;
    let longest = 0;
    for (const callback of callbacks(of)) {
      const tasks = this.#tasks.length;
      const { messages, depth, length } = this.#item(callback, { onSuccess: [], depth: 0, length: 0 }, "after");
      this.#tasks.length = tasks;
      deepest = Math.max(deepest, depth);
      longest = Math.max(longest, length);
      texts.push(...messages.map(({ json }) => json));
    }
    return { texts, depth: deepest, length: longest };
  }

  #idOf({ task, options }: Signature, chord: boolean): string {
    const uuid = options.uuid ?? (chord ? this.ids.chord(this.now) : this.ids.task(this.now));
    if (this.#ids.has(uuid)) {
      throw new MachineryError("ERR_WORKFLOW", `two tasks of the workflow have the id "${uuid}".`, {
        at: task.name,
        hint: "A signature with an id of its own can stand in one place only.",
      });
    }
    this.#ids.add(uuid);
    return uuid;
  }
}
