import { EventEmitter } from "node:events";
import { closeSync, type FSWatcher, mkdirSync, openSync, watch, writeSync } from "node:fs";
import { join } from "node:path";
import type { Clock, Timer } from "../util/clock.js";

/** How often a listener looks by itself, where the system tells of a change: the net under a process killed before it rang. */
const netMs = 1_000;
/** The same where it does not tell (Windows tells late; a system may run out of watches). */
const pollMs = 25;
const stroke = Buffer.of(0);

/**
 * Wakes who waits in this process and in others. A topic is a small file in the store's folder: to ring is to write one byte into
 * it, to listen is `fs.watch` on it (inotify, kqueue), which costs nothing while all is quiet and leaves nothing behind when a
 * process is killed. A ring says only "look again": what there is stands in the store.
 */
export class Bell {
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #files = new Map<string, number>();
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #local = new EventEmitter().setMaxListeners(0);

  constructor(folder: string, clock: Clock) {
    this.#folder = join(folder, "wake");
    this.#clock = clock;
    mkdirSync(this.#folder, { recursive: true });
  }

  /** Call it after the commit. */
  ring(topic: string): void {
    writeSync(this.#file(topic), stroke, 0, 1, 0);
    this.#local.emit(topic);
  }

  /** Calls `fn` at every ring, and now and then without one. Returns what ends it. */
  listen(topic: string, fn: () => void): () => void {
    this.#file(topic);
    const told = this.#watch(topic);
    this.#local.on(topic, fn);
    let timer: Timer;
    const net = (): void => {
      timer = this.#clock.after(told ? netMs : pollMs, net);
      fn();
    };
    timer = this.#clock.after(told ? netMs : pollMs, net);
    return () => {
      timer.cancel();
      this.#local.off(topic, fn);
      if (this.#local.listenerCount(topic) > 0) return;
      this.#watchers.get(topic)?.close();
      this.#watchers.delete(topic);
    };
  }

  close(): void {
    this.#local.removeAllListeners();
    for (const watcher of this.#watchers.values()) watcher.close();
    for (const fd of this.#files.values()) closeSync(fd);
    this.#watchers.clear();
    this.#files.clear();
  }

  #file(topic: string): number {
    let fd = this.#files.get(topic);
    if (fd === undefined) {
      fd = openSync(join(this.#folder, topic), "a+");
      closeSync(fd);
      fd = openSync(join(this.#folder, topic), "r+");
      this.#files.set(topic, fd);
    }
    return fd;
  }

  #watch(topic: string): boolean {
    if (process.platform === "win32") return false;
    if (this.#watchers.has(topic)) return true;
    try {
      const watcher = watch(join(this.#folder, topic), { persistent: false }, () => this.#local.emit(topic));
      watcher.on("error", () => watcher.close());
      this.#watchers.set(topic, watcher);
      return true;
    } catch {
      return false;
    }
  }
}
