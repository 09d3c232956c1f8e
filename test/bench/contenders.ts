import { fileURLToPath } from "node:url";
import type { Bench } from "./bench.js";
import { bullmq } from "./peers/bullmq.js";
import { celery } from "./peers/celery.js";
import { goMachinery } from "./peers/machinery-go.js";
import type { Peer } from "./peers/peer.js";
import type { Place } from "./place.js";
import { Program } from "./program.js";

/** A library to be measured. */
export interface Contender {
  readonly name: string;
  /** Concurrency of a worker, the best of which is looked for anew on each machine. */
  readonly slots: readonly number[];
  /** How many times fewer tasks it gets than the others, so that a run ends. */
  readonly fewer: number;
  /** It compiles its code as it runs: a worker, which lives for days, is measured when that is done. */
  readonly warmsUp: boolean;
  /** What its program understands beyond sending, draining and round trips; see `programs/serve.ts`. */
  readonly can: readonly Extra[];
  start(place: Place): Program;
}

export type Extra = "flights" | "chord" | "chain" | "delayed" | "echoes" | "processes" | "primes";

export const machinery: Contender = {
  name: "machinery-ts",
  slots: [200],
  fewer: 1,
  warmsUp: true,
  can: ["flights", "chord", "chain", "delayed", "echoes", "processes", "primes"],
  start: ({ broker, resultBackend }) => own("machinery-ts", "machinery", broker, resultBackend, "bench_machinery"),
};

/** The same commands in the same batches, by hand: what nothing but Redis and its client cost. */
const redisProbe: Contender = {
  name: "bare client",
  slots: [200],
  fewer: 1,
  warmsUp: true,
  can: [],
  start: ({ broker }) => own("bare client", "redis-probe", broker, "bench_probe"),
};

const peersOf: Readonly<Record<Place["name"], readonly Peer[]>> = {
  memory: [],
  file: [],
  redis: [bullmq, goMachinery, celery],
  rabbitmq: [goMachinery],
};

/** Who can be measured there; the first is what the others are compared with. What cannot be had here is left out, with a line. */
export function contendersFor(place: Place, bench: Bench): Contender[] {
  const peers = peersOf[place.name].flatMap((peer) => bench.prepare(peer));
  return [...peers, machinery, ...(place.name === "redis" ? [redisProbe] : [])];
}

/** One of the built programs. */
function own(name: string, program: string, ...args: readonly string[]): Program {
  return new Program(name, process.execPath, [fileURLToPath(new URL(`./programs/${program}.js`, import.meta.url)), ...args]);
}
