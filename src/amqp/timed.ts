import { MachineryError } from "../errors.js";
import type { Clock } from "../util/clock.js";

/** How long an answer of RabbitMQ's may take, in milliseconds. */
export const answerMs = 10_000;

/** The client library waits for ever for an answer; this rejects when it has not come in time. */
export function timed<T>(clock: Clock, ms: number, place: string, what: string, answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(
      ms,
      () => reject(new MachineryError("ERR_BROKER", `RabbitMQ did not answer within ${ms} ms: ${what}.`, { at: place })),
      true,
    );
    answer.then(
      (value) => {
        timer.cancel();
        resolve(value);
      },
      (error) => {
        timer.cancel();
        reject(error);
      },
    );
  });
}
