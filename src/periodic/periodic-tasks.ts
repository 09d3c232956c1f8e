import { MachineryError } from "../errors.js";
import { fixedIds, type IdSource } from "../util/ids.js";
import type { SignatureEncoder } from "../workflow/encode.js";
import { type Plan, plan } from "../workflow/plan.js";
import type { Item } from "../workflow/workflow.js";
import { type JobParts, PeriodicJob } from "./job.js";
import { parseSchedule } from "./schedule.js";

export interface PeriodicOptions {
  /** Whose clock the expression means, as an IANA name: `Europe/Paris`. Default: the process's time zone. */
  readonly timeZone?: string;
}

/** A periodic task or workflow that this process keeps. */
export interface PeriodicTask {
  readonly name: string;
  /** When it is due next; `undefined` after its end. */
  readonly next: Date | undefined;
  /** Ends it in this process; as `server.removePeriodicTask`. */
  remove(): Promise<void>;
}

export interface PeriodicParts extends JobParts {
  readonly encoder: SignatureEncoder;
  readonly send: (planned: Plan, concurrency: number) => Promise<void>;
}

/** The periodic tasks of a server, by name. */
export class PeriodicTasks {
  readonly #parts: PeriodicParts;
  readonly #jobs = new Map<string, PeriodicJob>();

  constructor(parts: PeriodicParts) {
    this.#parts = parts;
  }

  /** @throws MachineryError `ERR_CONFIG`, `ERR_UNSUPPORTED`, `ERR_WORKFLOW`, `ERR_SIGNATURE_INCOMPLETE` */
  register(spec: string, name: string, item: Item, { timeZone }: PeriodicOptions, concurrency: number): PeriodicTask {
    const { encoder, clock, send } = this.#parts;
    const at = `periodic task "${name}"`;
    if (!this.#parts.backend.capabilities.keeps) throw noLeases(at);
    if (name === "") throw new MachineryError("ERR_CONFIG", "a periodic task needs a name.", { at: spec });
    if (this.#jobs.has(name))
      throw new MachineryError("ERR_CONFIG", "the name is taken.", { at, hint: "Remove the other one first." });
    const schedule = parseSchedule(spec, timeZone, at);
    const planWith = (ids: IdSource): Plan => plan(item, encoder, clock.now(), ids);
    refuseOwnIds(planWith, at);
    const job = new PeriodicJob({
      ...this.#parts,
      name,
      schedule,
      spec: `${spec} ${timeZone ?? ""}`,
      send: (ids) => send(planWith(ids), concurrency),
    });
    this.#jobs.set(name, job);
    job.start();
    return {
      name,
      get next() {
        return job.due === undefined ? undefined : new Date(job.due);
      },
      remove: async () => {
        if (this.#jobs.get(name) === job) await this.remove(name);
      },
    };
  }

  /** Whether there was one of that name. */
  async remove(name: string): Promise<boolean> {
    const job = this.#jobs.get(name);
    this.#jobs.delete(name);
    await job?.stop();
    return job !== undefined;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#jobs.keys()].map((name) => this.remove(name)));
  }
}

function noLeases(at: string): MachineryError {
  return new MachineryError("ERR_UNSUPPORTED", "the result backend keeps nothing, so that every process would send it.", {
    at,
    hint: "Set resultBackend to another one than null:.",
  });
}

/** A task runs once for each id. */
function refuseOwnIds(planWith: (ids: IdSource) => Plan, at: string): void {
  const first = new Set(planWith(fixedIds("a")).tasks.map(({ uuid }) => uuid));
  const fixed = planWith(fixedIds("b")).tasks.find(({ uuid }) => first.has(uuid));
  if (fixed === undefined) return;
  throw new MachineryError(
    "ERR_WORKFLOW",
    `"${fixed.task.name}" has an id of its own, so that it would run once and never again.`,
    {
      at,
      hint: "Leave its uuid out.",
    },
  );
}
