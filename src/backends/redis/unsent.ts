import { createHash, randomUUID } from "node:crypto";
import type { RedisLink } from "../../redis/link.js";
import { Script } from "../../redis/script.js";
import type { UnsentChord, UnsentChords } from "../backend.js";
import { gateOf } from "./group-keys.js";
import { wholeMs } from "./states.js";
import { dueUnsent, noteAnew, noteUnsent, putOffGate, takeGate } from "./unsent-scripts.js";

const noteScript = new Script(noteUnsent);
const noteAnewScript = new Script(noteAnew);
const dueScript = new Script(dueUnsent);
const takeScript = new Script(takeGate);
const putOffScript = new Script(putOffGate);

/** How many chords one look takes. */
const mostAtOnce = 100;

/**
 * The chords that are won and not sent: a sorted set of their groups by when they are due, one for each fleet. The gates have the last
 * word; an entry is only a reason to look at one. In a cluster the list is in a slot of its own, and therefore written before the gate.
 */
export class Unsent implements UnsentChords {
  /** Of this fleet. */
  readonly list: string;
  readonly #link: RedisLink;

  /** @param fleet what those workers have in common that may send each other's callbacks */
  constructor(link: RedisLink, fleet: string) {
    this.#link = link;
    this.list = `{chords}:p:unsent:${createHash("sha256").update(fleet).digest("hex").slice(0, 16)}`;
  }

  async note(groups: readonly string[], leaseMs: number, ttlMs: number): Promise<void> {
    await this.#link.run(noteScript, [this.list], [2 * wholeMs(leaseMs), wholeMs(ttlMs), ...groups]);
  }

  async forget(groups: readonly string[]): Promise<void> {
    await this.#link.call("ZREM", this.list, groups);
  }

  async take(leaseMs: number): Promise<UnsentChord[]> {
    const due = (await this.#link.run(dueScript, [this.list], [mostAtOnce])) as Buffer[];
    if (due.length === 0) return [];
    const groups = due.map(String);
    const owner = randomUUID();
    const answers = await Promise.all(
      groups.map((group) => this.#link.run(takeScript, [gateOf(group)], [owner, wholeMs(leaseMs)])),
    );
    const taken = answers as [dueInMs: number, callback?: Buffer][];
    await this.#noteAnew(groups.map((group, i) => [group, taken[i]![0]]));
    return groups.flatMap((group, i) => {
      const callback = taken[i]![1];
      return callback === undefined ? [] : [{ group, callback: callback.toString() }];
    });
  }

  async putOff(groups: readonly string[], pauseMs: number): Promise<void> {
    await Promise.all(groups.map((group) => this.#link.run(putOffScript, [gateOf(group)], [wholeMs(pauseMs)])));
    await this.#noteAnew(groups.map((group) => [group, wholeMs(pauseMs)]));
  }

  async #noteAnew(dueIn: readonly (readonly [group: string, ms: number])[]): Promise<void> {
    await this.#link.run(noteAnewScript, [this.list], dueIn.flat());
  }
}
