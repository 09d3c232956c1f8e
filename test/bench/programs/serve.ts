import { createInterface } from "node:readline";

/**
 * What a program that is measured can be asked for, by name; each answers with figures. A program in another language understands the
 * same:
 *
 * - `send {count, inFlight}`, `sendBulk {count, batch}`: sends tasks 0 to count - 1, one by one or together; `{ms}`
 * - `queued`: how many wait in the queue; `{count}`
 * - `drain {count, slots}`: runs so many queued tasks with a worker that it starts and stops; `{ms}`
 * - `work {slots}`, `stop`: starts a worker, stops it
 * - `ended`: how many tasks its worker has ended, and when the last one, in milliseconds since the epoch; `{ended, lastAt}`
 * - `ran {count}`: how often each task was run here since this was last asked, a byte each; `{ran}`, in base64
 * - `results {count}`: of the tasks that were sent last, how many have ended with the right result; `{count}`
 * - `roundTrips {count}`: sends task after task, each awaited; `{times}`, in milliseconds
 * - `flights {count, inFlight}`: the same with so many at once; `{ms}`
 * - `chord {size}`, `chain {length}`: from sending to the last result, which is checked; `{ms}`
 * - `delayed {count, delayMs}`: tasks that fall due all at once; from then to the last result, and whether sending
 *   them had taken longer; `{ms, isLate}`
 * - `echoes {count, inFlight, bytes}`: round trips of a text that is so long; `{ms}`
 * - `sendPrimes {count, limit}`: sends tasks that count primes
 * - `drainPrimes {count, warmUp, threads}`: runs so many of them, and before that some more, on so many threads of a worker; `{ms}`
 * - `primes {count, primes}`: how many of them have ended with that result; `{count}`
 * - `clear`: throws away what is queued
 */
export type Commands = Readonly<Record<string, (request: any) => Promise<object>>>;

/** Answers a line of JSON on stdin with one on stdout, one after the other, until stdin ends. Any language can do that. */
export async function serve(commands: Commands): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const { command, ...request } = JSON.parse(line);
    let answer: object;
    try {
      answer = await commands[command]!(request);
    } catch (error) {
      answer = { error: error instanceof Error ? error.stack : String(error) };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
}

/** Runs `work(0)` to `work(count - 1)`, `inFlight` at once. */
export async function inLanes(count: number, inFlight: number, work: (i: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: Math.min(inFlight, count) }, lane));
}

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - start) / 1e6;
}

/** How often each task was run in this process, by its number; `checkOnce` judges. */
export class Runs {
  #counts = new Uint8Array(1 << 16);

  add(i: number): void {
    if (i >= this.#counts.length) {
      const more = new Uint8Array(2 * i);
      more.set(this.#counts);
      this.#counts = more;
    }
    this.#counts[i]!++;
  }

  /** In base64; forgotten then. */
  take(count: number): string {
    const taken = Buffer.from(this.#counts.subarray(0, count)).toString("base64");
    this.#counts.fill(0);
    return taken;
  }
}
