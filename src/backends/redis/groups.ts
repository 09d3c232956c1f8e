import { randomUUID } from "node:crypto";
import { MachineryError } from "../../errors.js";
import type { RedisLink } from "../../redis/link.js";
import { Script } from "../../redis/script.js";
import { backoffMs } from "../../util/backoff.js";
import { delay, systemClock } from "../../util/clock.js";
import type { GateAnswer, GroupMember, GroupRecord } from "../backend.js";
import { endedOf, gateOf } from "./group-keys.js";
import { closeGates, endMembers } from "./group-scripts.js";
import { takeLease } from "./lease.js";
import { readTexts } from "./reading.js";
import { RollCall } from "./roll-call.js";
import { wholeMs } from "./states.js";
import { Unsent } from "./unsent.js";

const endMembersScript = new Script(endMembers);
const closeGatesScript = new Script(closeGates);

/** What a worker of Go's holds while it decides about a chord: about any, in the whole database. */
const goLock = "TriggerChordMutex";
const goLockMs = 8_000;
/** How long to wait for it. A worker of Go's that dies leaves it there for its whole time. */
const patienceMs = 10_000;

const open = 0;
const contested = 3;
const answers: readonly GateAnswer[] = ["open", "won", "sent"];

/** See `endMembers`. */
type Mode = "alone" | "ask" | "locked" | "defer";

interface Call extends GroupMember {
  /** All members are known to have ended. */
  readonly complete: boolean;
}

/** Groups: Go's record of each under its id, and beside it, in the same slot, a set of the members that have ended, and the gate. */
export class Groups {
  /** Absent where there are no workers of Go's. */
  readonly unsent: Unsent | undefined;
  readonly #link: RedisLink;
  readonly #rollCall: RollCall;

  /**
   * @param mixedFleet whether workers of Go's run members, too
   * @param fleet see `Unsent`
   */
  constructor(link: RedisLink, mixedFleet: boolean, fleet: string) {
    this.#link = link;
    this.unsent = mixedFleet ? new Unsent(link, fleet) : undefined;
    const read = (ids: readonly string[]): Promise<(string | null)[]> => readTexts(link, ids);
    this.#rollCall = new RollCall(read, read);
  }

  async open({ id, json, ttlMs }: GroupRecord): Promise<void> {
    await this.#link.call("SET", id, json, "PX", wholeMs(ttlMs));
  }

  async memberDone(members: readonly GroupMember[]): Promise<GateAnswer[]> {
    const codes = await this.#end(members.map((member) => ({ ...member, complete: false })));
    if (this.unsent) await this.#countLikeGo(members, codes);
    return codes.map((code) => answers[code]!);
  }

  async chordSent(groups: readonly string[]): Promise<void> {
    if (groups.length === 0) return;
    const keys = groups.map((group) => [gateOf(group), endedOf(group)]);
    if (!this.#link.isCluster) {
      await this.#link.run(
        closeGatesScript,
        [...keys.flat(), ...(this.unsent ? [this.unsent.list] : [])],
        this.unsent ? groups : [],
      );
      return;
    }
    const closing = keys.map((some) => this.#link.run(closeGatesScript, some, []));
    await Promise.all([...closing, this.unsent?.forget(groups)]);
  }

  /** Deletes what is stored under these ids, and what belongs to it if it is a group. */
  async purge(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    for (const id of ids) this.#rollCall.forget(id);
    const keys = ids.map((id) => [id, gateOf(id), endedOf(id)]);
    const calls = this.#link.isCluster ? keys : [keys.flat()];
    await Promise.all(calls.map((some) => this.#link.call("UNLINK", some)));
  }

  /** Members that ended with Go's workers are not in the set; their states tell. */
  async #countLikeGo(members: readonly GroupMember[], codes: number[]): Promise<void> {
    const last = new Map<string, number>();
    for (let i = 0; i < codes.length; i++) if (codes[i] === open) last.set(members[i]!.group, i);
    for (let i = 0; i < codes.length; i++) if (codes[i] !== open) last.delete(members[i]!.group);
    if (last.size === 0) return;
    const complete = await this.#rollCall.complete(new Set(last.keys()));
    const again = [...last].filter(([group]) => complete.has(group)).map(([, i]) => i);
    const decided = await this.#end(again.map((i) => ({ ...members[i]!, complete: true })));
    for (let i = 0; i < again.length; i++) codes[again[i]!] = decided[i]!;
  }

  /** Asks the gates, and again those where a worker of Go's may be deciding at the same time. */
  async #end(calls: readonly Call[]): Promise<number[]> {
    const codes = await this.#ask(calls, this.unsent ? (this.#link.isCluster ? "defer" : "ask") : "alone");
    const stop = systemClock.now() + patienceMs;
    for (let failures = 0; codes.includes(contested); failures++) {
      const again = codes.flatMap((code, i) => (code === contested ? [i] : []));
      const decided = await this.#askContested(again.map((i) => calls[i]!));
      for (let i = 0; i < again.length; i++) codes[again[i]!] = decided[i]!;
      if (!codes.includes(contested)) break;
      if (systemClock.now() > stop)
        throw new MachineryError("ERR_BACKEND", "another worker keeps the lock of chords.", { at: goLock });
      await delay(systemClock, 5 + backoffMs(failures, { baseMs: 10, maxMs: 200 }));
    }
    for (let i = 0; i < calls.length; i++) if (codes[i] !== open) this.#rollCall.forget(calls[i]!.group);
    return codes;
  }

  /** Outside a cluster a script that finds no lock has the chord to itself; in one, the lock is in another slot, and has to be taken. */
  async #askContested(calls: readonly Call[]): Promise<number[]> {
    if (!this.#link.isCluster) return this.#ask(calls, "ask");
    const owner = randomUUID();
    const [locked, noted] = await Promise.allSettled([
      this.#link.call("SET", goLock, owner, "PX", goLockMs, "NX"),
      this.unsent!.note([...new Set(calls.map(({ group }) => group))], calls[0]!.leaseMs, calls[0]!.ttlMs),
    ]);
    if (locked.status === "rejected") throw locked.reason;
    if (locked.value === null) return calls.map(() => contested);
    try {
      if (noted.status === "rejected") throw noted.reason;
      return await this.#ask(calls, "locked");
    } finally {
      // Where this fails, the lock ends by itself.
      await takeLease(this.#link, goLock, owner, 0).catch(() => {});
    }
  }

  async #ask(calls: readonly Call[], mode: Mode): Promise<number[]> {
    if (calls.length === 0) return [];
    if (!this.#link.isCluster) return this.#run(calls, mode, this.unsent ? [goLock, this.unsent.list] : []);
    const places = new Map<string, number[]>();
    for (let i = 0; i < calls.length; i++) {
      const { group } = calls[i]!;
      const some = places.get(group);
      if (some) some.push(i);
      else places.set(group, [i]);
    }
    const codes: number[] = new Array(calls.length);
    await Promise.all(
      [...places.values()].map(async (some) => {
        const answered = await this.#run(
          some.map((i) => calls[i]!),
          mode,
          [],
        );
        for (let i = 0; i < some.length; i++) codes[some[i]!] = answered[i]!;
      }),
    );
    return codes;
  }

  #run(calls: readonly Call[], mode: Mode, moreKeys: readonly string[]): Promise<number[]> {
    const keys: string[] = [];
    const args: (string | number)[] = [mode];
    let before = "";
    for (const { group, member, count, leaseMs, ttlMs, complete, callback = "" } of calls) {
      keys.push(endedOf(group), gateOf(group), group);
      args.push(
        member,
        count,
        Math.max(0, Math.ceil(leaseMs)),
        wholeMs(ttlMs),
        complete ? 1 : 0,
        callback !== "" && callback === before ? "=" : callback,
      );
      before = callback;
    }
    return this.#link.run(endMembersScript, [...keys, ...moreKeys], args) as Promise<number[]>;
  }
}
