import { amqpClient } from "./amqp-client.js";
import type { Bench } from "./bench.js";
import { contendersFor } from "./contenders.js";
import { draining } from "./draining.js";
import { groupSize } from "./growth/group-size.js";
import { payload } from "./growth/payload.js";
import { queueLength } from "./growth/queue-length.js";
import { taskTypes } from "./growth/task-types.js";
import { waitingResults } from "./growth/waiting-results.js";
import { workers } from "./growth/workers.js";
import { payloads } from "./payloads.js";
import { file, memory, type Place, rabbitmq, redis } from "./place.js";
import { processes } from "./processes.js";
import { sandboxes } from "./sandboxes.js";
import { sending } from "./sending.js";
import { Stand } from "./stand.js";
import { startUps } from "./start-up.js";
import { threadBench } from "./threads.js";
import { waiting } from "./waiting.js";
import { workflows } from "./workflows.js";

/** Something that can be asked for by its name. */
export interface BenchCase {
  readonly name: string;
  /** Takes long, and compares with nobody: only run when it is asked for. */
  readonly isGrowth?: true;
  run(bench: Bench): Promise<void>;
}

type Open = (bench: Bench) => Promise<Place>;
type Part = (bench: Bench, place: Place, stands: readonly Stand[]) => Promise<void>;

const places = { memory, file, redis, rabbitmq };
const parts: Readonly<Record<string, Part>> = { sending, draining, waiting, workflows, payloads, processes, sandboxes };

export const cases: readonly BenchCase[] = [
  ...Object.entries(places).flatMap(([place, open]) =>
    Object.entries(parts)
      .filter(([part]) => (place !== "memory" || part !== "processes") && (place === "redis" || part !== "sandboxes"))
      .map(([part, run]) => ({ name: `${place}-${part}`, run: (bench: Bench) => at(open, run, bench) })),
  ),
  { name: "rabbitmq-client", run: amqpClient },
  { name: "threads", run: threadBench },
  { name: "start-up", run: startUps },
  growth("queue-length", [redis, file], queueLength),
  growth("group-size", [redis, file], groupSize),
  growth("payload", [redis, file], payload),
  growth("task-types", [redis, file], taskTypes),
  growth("waiting-results", [redis, file], waitingResults),
  growth("workers", [redis], (bench, [place]) => workers(bench, place!)),
];

function growth(name: string, opened: readonly Open[], run: (bench: Bench, places: readonly Place[]) => Promise<void>): BenchCase {
  return {
    name: `growth-${name}`,
    isGrowth: true,
    async run(bench) {
      const places = await Promise.all(opened.map((open) => open(bench)));
      await run(bench, places).finally(() => Promise.all(places.map((place) => place.close())));
    },
  };
}

/** The cases of these names, and those whose names begin with them. */
export function casesNamed(names: readonly string[]): BenchCase[] {
  const unknown = names.find((name) => !cases.some((one) => one.name.startsWith(name)));
  if (unknown !== undefined) throw new Error(`there is no case ${unknown}; --list names them all`);
  return cases.filter((one) => names.some((name) => one.name.startsWith(name)));
}

async function at(open: Open, part: Part, bench: Bench): Promise<void> {
  const place = await open(bench);
  const stands = contendersFor(place, bench).map((contender) => new Stand(contender, place));
  try {
    await part(bench, place, stands);
  } finally {
    await Promise.all(stands.map((stand) => stand.close()));
    await place.close();
  }
}
