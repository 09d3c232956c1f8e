import { createInterface } from "node:readline";

/** What a program that is measured can be asked for, by name; each answers with figures. */
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
