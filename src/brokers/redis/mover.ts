import type { Subscriber } from "../../redis/subscriber.js";
import { backoffMs } from "../../util/backoff.js";
import { type Clock, delay, systemClock } from "../../util/clock.js";
import type { Delayed } from "./delayed.js";

export interface MoverParts {
  readonly delayed: Delayed;
  readonly subscriber: Subscriber;
  /** How often to look where the server does not tell of changes, in milliseconds. */
  readonly pollMs: number;
  /** Told of failures; it goes on by itself. */
  readonly onFailure: (error: Error) => void;
}

/** How often to look where the server does tell: a net. */
const longestSleepMs = 10_000;
/** Changes that come close together are looked at together. */
const restMs = 20;

/**
 * Moves delayed messages to their queues when they are due. It sleeps until then, and is woken when anybody changes the set, Go's senders
 * included: the server tells it (client-side caching, in broadcasting mode).
 */
export class Mover {
  readonly #parts: MoverParts;
  readonly #clock: Clock = systemClock;
  readonly #stop = new AbortController();
  readonly #endings: (() => void)[];
  readonly #loop: Promise<void>;
  #changed = true;
  #wake: (() => void) | undefined;

  constructor(parts: MoverParts) {
    this.#parts = parts;
    const onChange = (): void => {
      this.#changed = true;
      this.#wake?.();
    };
    this.#endings = [parts.subscriber.onChange(parts.delayed.keys.set, onChange), parts.subscriber.onReset(onChange)];
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    for (const end of this.#endings) end();
    this.#stop.abort();
    this.#wake?.();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { delayed, onFailure } = this.#parts;
    const { signal } = this.#stop;
    for (let failures = 0; !signal.aborted; ) {
      this.#changed = false;
      try {
        const { now, next } = await delayed.moveDue();
        failures = 0;
        if (next <= now) continue;
        await this.#sleep(next - now);
      } catch (error) {
        if (signal.aborted) return;
        onFailure(error as Error);
        await delay(this.#clock, backoffMs(failures++, { baseMs: 200, maxMs: 5_000 }), signal);
      }
    }
  }

  async #sleep(ms: number): Promise<void> {
    const { subscriber, pollMs } = this.#parts;
    await delay(this.#clock, Math.min(restMs, ms), this.#stop.signal);
    if (this.#changed || this.#stop.signal.aborted) return;
    const longest = subscriber.tracks ? longestSleepMs : pollMs;
    await new Promise<void>((resolve) => {
      const timer = this.#clock.after(Math.min(ms - restMs, longest), () => this.#wake?.());
      this.#wake = () => {
        timer.cancel();
        this.#wake = undefined;
        resolve();
      };
    });
  }
}
