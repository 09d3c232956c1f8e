import type { Clock, Timer } from "../../util/clock.js";

/**
 * After how long without a `take` what was sent ahead goes back, for others to have, in milliseconds. Not at once, when a take is
 * aborted: of what is under way while a subscription ends, a quorum queue says that somebody had it.
 */
const idleMs = 250;

/** Notices that a consumer asks for no more: it is to be sent no more then, others may be waiting for it. */
export class Idleness {
  readonly #clock: Clock;
  readonly #isBusy: () => boolean;
  readonly #onIdle: () => void;
  #timer: Timer | undefined;
  #since = 0;
  #isClosed = false;

  /** @param isBusy whether it takes at this moment, or is not to be watched for another reason */
  constructor(clock: Clock, isBusy: () => boolean, onIdle: () => void) {
    this.#clock = clock;
    this.#isBusy = isBusy;
    this.#onIdle = onIdle;
  }

  /** From now on, anew. */
  watch(): void {
    this.#since = this.#clock.now();
    if (this.#isClosed) return;
    this.#timer ??= this.#clock.after(idleMs, () => {
      this.#timer = undefined;
      if (this.#isBusy()) return;
      if (this.#clock.now() - this.#since < idleMs) this.watch();
      else this.#onIdle();
    });
  }

  /** Until it is watched again. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  close(): void {
    this.#isClosed = true;
    this.stop();
  }
}
