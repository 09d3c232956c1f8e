import type { ChannelListener, Subscriber } from "../../redis/subscriber.js";
import { delay, systemClock } from "../../util/clock.js";

const pauseMs = 1_000;

/**
 * Resolves once the channel is heard, however long there is no connection, or when that is not wanted any more.
 *
 * @param stops gets what ends it
 */
export async function hear(
  subscriber: Subscriber,
  channel: string,
  listener: ChannelListener,
  signal: AbortSignal,
  stops: (() => void)[],
): Promise<void> {
  while (!signal.aborted) {
    try {
      const stop = await subscriber.subscribe(channel, listener);
      if (signal.aborted) stop();
      else stops.push(stop);
      return;
    } catch {
      await delay(systemClock, pauseMs, signal);
    }
  }
}
