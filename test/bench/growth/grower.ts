import { fileURLToPath } from "node:url";
import type { Place } from "../place.js";
import { Program } from "../program.js";

const path = fileURLToPath(new URL("../programs/machinery-growth.js", import.meta.url));

/** machinery-ts in a process of its own; see `programs/machinery-growth.ts` for what it understands. */
export function grower({ broker, resultBackend }: Place, queue: string): Program {
  return new Program("machinery-ts", process.execPath, [path, broker, resultBackend, queue]);
}

/** Programs, closed after use. */
export async function withGrowers<T>(
  place: Place,
  queue: string,
  count: number,
  use: (programs: Program[]) => Promise<T>,
): Promise<T> {
  const programs = Array.from({ length: count }, () => grower(place, queue));
  return use(programs).finally(() => Promise.all(programs.map((program) => program.close())));
}
