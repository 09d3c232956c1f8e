import { SlotMap } from "../util/slot-map.js";
import type { TaskState } from "./task-state.js";

/** One wait for one task; those for the same task are a list. */
export interface Wait {
  readonly resolve: (state: TaskState) => void;
  readonly reject: (error: Error) => void;
  /** Told of every state, where somebody looks on. */
  readonly onState: ((state: TaskState) => void) | undefined;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  readonly timeoutMs: number;
  /** Takes the listener off the caller's signal. */
  release: (() => void) | undefined;
  next: Wait | undefined;
}

/** Who waits for what: no list is made for the one wait that most tasks have. */
export class Waits {
  readonly #byTask = new SlotMap<Wait>();

  /** How many tasks are waited for. */
  get size(): number {
    return this.#byTask.size;
  }

  /** The list of a task's waits. */
  of(uuid: string): Wait | undefined {
    return this.#byTask.get(uuid);
  }

  /** Puts a wait at the head of its task's list. */
  add(uuid: string, wait: Wait): void {
    wait.next = this.#byTask.get(uuid);
    this.#byTask.set(uuid, wait);
  }

  /** Takes one wait away, where it is still there; true where it was the task's last. */
  remove(uuid: string, wait: Wait): boolean {
    const first = this.#byTask.get(uuid);
    if (first === wait) {
      if (wait.next === undefined) return this.#byTask.delete(uuid);
      this.#byTask.set(uuid, wait.next);
      return false;
    }
    for (let one = first; one !== undefined; one = one.next) if (one.next === wait) one.next = wait.next;
    return false;
  }

  /** Takes all of a task's waits away; their list. */
  take(uuid: string): Wait | undefined {
    const first = this.#byTask.get(uuid);
    this.#byTask.delete(uuid);
    return first;
  }

  tasks(): string[] {
    return [...this.#byTask.keys()];
  }

  /** The tasks that have not had their turn for longest; they go to the end, where there are more than `limit`. */
  turn(limit: number): string[] {
    const ids: string[] = [];
    for (const id of this.#byTask.keys()) if (ids.push(id) === limit) break;
    if (this.#byTask.size <= limit) return ids;
    for (const id of ids) {
      const wait = this.#byTask.get(id)!;
      this.#byTask.delete(id);
      this.#byTask.set(id, wait);
    }
    return ids;
  }
}

export function hasOnlooker(wait: Wait): boolean {
  for (let one: Wait | undefined = wait; one !== undefined; one = one.next) if (one.onState) return true;
  return false;
}
