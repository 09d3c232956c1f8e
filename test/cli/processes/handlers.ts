import { existsSync, writeFileSync } from "node:fs";
import { taskContext } from "machinery-ts";

export const add = (...terms: bigint[]): bigint => terms.reduce((sum, term) => sum + term, 0n);

const taken: Buffer[] = [];

/** The number of the process that it runs in, after what `way` says. */
export async function concat([way, path]: readonly string[]): Promise<string> {
  if (way === "die once" && !existsSync(path!)) {
    writeFileSync(path!, String(process.pid));
    process.kill(process.pid, "SIGKILL");
  }
  if (way === "take memory") taken.push(Buffer.alloc(256 * 2 ** 20, 1));
  if (way === "hold") {
    taskContext().logger.info("holding");
    await new Promise(() => {});
  }
  return String(process.pid);
}

/** On a thread: so large an array, with an object in each place, ends the whole process, where many small ones end the thread. */
export function split(): readonly string[] {
  const array = new Array(3e7);
  for (let i = 0; i < array.length; i++) array[i] = {};
  return array;
}
