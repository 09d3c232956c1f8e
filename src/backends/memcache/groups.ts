import { isTerminalJson } from "../../wire/state-text.js";
import type { GateAnswer, GroupMember, GroupRecord } from "../backend.js";
import { type Cache, keyAbout } from "./cache.js";

/** The groups of which this many ended members are remembered. */
const rememberedGroups = 1_000;
/** How many members are looked at in one round trip. */
const membersAtOnce = 100;
/** How long a callback is remembered as sent where nobody knows the group's time any more: far longer than a message lives on. */
const dayMs = 24 * 3_600_000;
const sent = "sent";

/** A group on its way to its end. */
interface Progress {
  readonly members: readonly string[];
  /** All members before this one have ended. */
  ended: number;
}

/**
 * Groups. The record is Machinery's, under the group's UUID. A member has ended when its mark is there, or its terminal state, which is
 * all that a Go worker leaves. The gate is one key: who adds it first is to send the callback, until it expires.
 */
export class Groups {
  readonly #cache: Cache;
  readonly #progress = new Map<string, Progress>();

  constructor(cache: Cache) {
    this.#cache = cache;
  }

  async open({ id, json, ttlMs }: GroupRecord): Promise<void> {
    await this.#cache.set(id, json, ttlMs);
  }

  async memberDone(members: readonly GroupMember[]): Promise<GateAnswer[]> {
    const added = await Promise.all(members.map(({ group, member, ttlMs }) => this.#cache.add(markOf(group, member), "1", ttlMs)));
    const answers: GateAnswer[] = new Array(members.length);
    const places = new Map<string, number[]>();
    for (let i = 0; i < members.length; i++) {
      const { group } = members[i]!;
      if (places.get(group)?.push(i) === undefined) places.set(group, [i]);
    }
    await Promise.all(
      Array.from(places, async ([group, own]) => {
        const complete = await this.#isComplete(group);
        // Of several that end in one batch, those before the last new one have left the group open.
        const last = complete ? (own.findLast((i) => added[i]) ?? own[0]!) : Number.POSITIVE_INFINITY;
        for (const i of own) answers[i] = i < last ? "open" : await this.#pass(members[i]!);
      }),
    );
    return answers;
  }

  async sent(group: string): Promise<void> {
    const gate = keyAbout(group, "chord");
    const token = await this.#cache.get(gate);
    const ttlMs = Number(/^\d+(?= )/.exec(token?.value ?? "")?.[0] ?? dayMs);
    await this.#cache.set(gate, sent, ttlMs);
    this.#progress.delete(group);
    await this.#tellGo(group, ttlMs);
  }

  async remove(group: string, record: string): Promise<void> {
    this.#progress.delete(group);
    const marks = (membersIn(record) ?? []).map((member) => markOf(group, member));
    await Promise.all([keyAbout(group, "chord"), ...marks].map((key) => this.#cache.delete(key)));
  }

  /** Whether no member is left. One whose record is gone is over: what follows finds it gone too, and says so to who waits. */
  async #isComplete(group: string): Promise<boolean> {
    const progress = this.#progress.get(group) ?? (await this.#begin(group));
    if (progress === undefined) return true;
    while (progress.ended < progress.members.length) {
      const start = progress.ended;
      const ended = await this.#haveEnded(group, progress.members.slice(start, start + membersAtOnce));
      const open = ended.indexOf(false);
      progress.ended = Math.max(progress.ended, start + (open === -1 ? ended.length : open));
      if (open !== -1) return false;
    }
    return true;
  }

  /** The record is read once: it names the same members for good. */
  async #begin(group: string): Promise<Progress | undefined> {
    const members = membersIn((await this.#cache.get(group))?.value ?? "");
    if (members === undefined) return undefined;
    const progress = { members, ended: 0 };
    if (this.#progress.size >= rememberedGroups)
      for (const oldest of this.#progress.keys()) {
        this.#progress.delete(oldest);
        break;
      }
    this.#progress.set(group, progress);
    return progress;
  }

  async #haveEnded(group: string, members: readonly string[]): Promise<boolean[]> {
    const marks = await Promise.all(members.map((member) => this.#cache.get(markOf(group, member))));
    return Promise.all(
      marks.map(async (mark, i) => mark !== undefined || isTerminalJson((await this.#cache.find(members[i]!))?.value ?? "")),
    );
  }

  /** At the gate of a group with no member left. The token in it tells a winner that its answer was lost on the way. */
  async #pass({ group, member, leaseMs, ttlMs }: GroupMember): Promise<GateAnswer> {
    const gate = keyAbout(group, "chord");
    const token = `${ttlMs} ${member}`;
    for (;;) {
      if (await this.#cache.add(gate, token, leaseMs)) return (await this.#wasSentByGo(group)) ? "sent" : "won";
      const held = await this.#cache.get(gate);
      if (held === undefined) continue;
      if (held.value !== token) return "sent";
      if (await this.#cache.replace(gate, token, leaseMs, held.cas)) return "won";
    }
  }

  async #wasSentByGo(group: string): Promise<boolean> {
    const record = await this.#cache.get(group);
    return record !== undefined && triggered.test(record.value);
  }

  /** Machinery's mark that the callback is out. Where another changes the record at the same time, it does so to the same end. */
  async #tellGo(group: string, ttlMs: number): Promise<void> {
    const record = await this.#cache.get(group);
    if (record === undefined || !untriggered.test(record.value)) return;
    await this.#cache.replace(group, record.value.replace(untriggered, '"ChordTriggered":true'), ttlMs, record.cas);
  }
}

// Nothing in a record that is text can hold these: quotes within strings are escaped.
const untriggered = /"ChordTriggered":false/;
const triggered = /"ChordTriggered":true/;

const markOf = (group: string, member: string): string => keyAbout(group, `d:${member}`);

/** `undefined` where that is no record of a group. */
function membersIn(record: string): readonly string[] | undefined {
  if (!isGroupJson(record)) return undefined;
  try {
    return JSON.parse(record).TaskUUIDs ?? [];
  } catch {
    return undefined;
  }
}

export function isGroupJson(json: string): boolean {
  return json.startsWith('{"GroupUUID":');
}
