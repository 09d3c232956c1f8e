import type { Backend } from "../../src/backends/backend.js";
import { callbackOf, type ModelTask } from "./protocol.js";

/** Takes down what workers do, and says what must not have been. It is no part of what is tested. */
export class Ledger {
  readonly #runs = new Map<string, number>();
  readonly #endings = new Map<string, number[]>();
  readonly #groups: ReadonlyMap<string, readonly string[]>;
  readonly #wrong: string[] = [];
  #taken = 0;
  /** Callbacks that were sent, each time it was. */
  #sent = 0;

  /** @param groups the members of each */
  constructor(groups: ReadonlyMap<string, readonly string[]>) {
    this.#groups = groups;
  }

  /** A message has come to a worker. */
  takes(): void {
    this.#taken++;
  }

  /** A run begins; its number. */
  async runs({ id }: ModelTask, backend: Backend): Promise<number> {
    const number = (this.#runs.get(id) ?? 0) + 1;
    this.#runs.set(id, number);
    for (const group of this.#groups.keys()) {
      if (id === callbackOf(group) && !(await this.#hasEnded(group, backend)))
        this.#wrong.push(`${id} ran before its members had ended`);
    }
    return number;
  }

  /** The backend took this as the task's end. */
  ended({ id }: ModelTask, run: number): void {
    this.#endings.set(id, [...(this.#endings.get(id) ?? []), run]);
  }

  /** A worker is about to send the callback. */
  async sends(group: string, backend: Backend): Promise<void> {
    this.#sent++;
    if (!(await this.#hasEnded(group, backend))) this.#wrong.push(`${callbackOf(group)} was sent before its members had ended`);
  }

  /**
   * What is wrong with how it all ended.
   *
   * @param crashes how many workers died or fell silent, each with one message at most
   * @param settlesAtOnce whether a message that comes back or gives way to another is never there twice, whatever dies in between
   */
  async judge(tasks: readonly string[], crashes: number, backend: Backend, settlesAtOnce: boolean): Promise<string[]> {
    const all = [...tasks, ...[...this.#groups.keys()].map(callbackOf)];
    const states = await backend.read(all);
    const wrong = [...this.#wrong];
    let again = 0;
    for (const [i, id] of all.entries()) {
      const endings = this.#endings.get(id) ?? [];
      const runs = this.#runs.get(id) ?? 0;
      again += Math.max(runs - 1, 0);
      if (!states[i]?.includes('"State":"SUCCESS"')) wrong.push(`${id} has not ended: ${states[i]}`);
      else if (!states[i].includes(`"Value":${endings[0]}}`)) wrong.push(`${id} ended as ${states[i]}, after it had as ${endings}`);
      if (endings.length > 1) wrong.push(`${id} ended ${endings.length} times`);
      if (runs === 0) wrong.push(`${id} never ran`);
    }
    // A callback is sent again where its sender dies in between, and is another message then.
    const most = crashes + Math.max(this.#sent - this.#groups.size, 0);
    if (again > most) wrong.push(`${again} runs beyond the first of each task, after ${crashes} crashes`);
    const messages = tasks.length + this.#sent;
    if (settlesAtOnce && this.#taken > messages + crashes)
      wrong.push(`${messages} messages came ${this.#taken} times, after ${crashes} crashes`);
    return wrong;
  }

  async #hasEnded(group: string, backend: Backend): Promise<boolean> {
    const states = await backend.read(this.#groups.get(group)!);
    return states.every((json) => json?.includes('"State":"SUCCESS"'));
  }
}
