import type { PeriodicOptions, PeriodicTask, PeriodicTasks } from "../periodic/periodic-tasks.js";
import type { Complete } from "../workflow/fit.js";
import type { Signature } from "../workflow/signature.js";
import type { Chain, Chord, Group } from "../workflow/workflow.js";

export interface SendGroupOptions {
  /** How many members are on their way to the broker at once; 0, the default: no limit but the broker's own. */
  readonly concurrency?: number;
}

/** The part of a server that sends by a clock. */
export abstract class PeriodicSending {
  protected abstract periodicTasks(): Promise<PeriodicTasks>;

  /**
   * Sends a task again and again, as a cron expression says: `server.registerPeriodicTask("30 4 * * 1-5", "report", tasks.report())`. Any
   * number of processes may register it under the same name; each time one of them sends it, which the result backend sees to. What
   * nobody sent within a minute is missed: it is logged, told by `events.periodicMissed`, and not made up for.
   *
   * @param spec minute, hour, day, month and day of the week; seconds may stand before them; `@daily` and the like, `@every 1h30m`
   * @param name what the fires of different processes are told to be the same by
   * @throws MachineryError `ERR_CONFIG` for a schedule that is none or a name that is taken; `ERR_SIGNATURE_INCOMPLETE`; `ERR_WORKFLOW`
   * for a signature with an id of its own; `ERR_UNSUPPORTED` where the result backend keeps nothing
   */
  async registerPeriodicTask<const S extends Signature>(
    spec: string,
    name: string,
    signature: S extends Complete<S> ? S : Complete<S>,
    options: PeriodicOptions = {},
  ): Promise<PeriodicTask> {
    return (await this.periodicTasks()).register(spec, name, signature as never, options, 0);
  }

  /** The same for a group. */
  async registerPeriodicGroup<const G extends Group>(
    spec: string,
    name: string,
    group: G extends Complete<G> ? G : Complete<G>,
    { concurrency = 0, ...options }: PeriodicOptions & SendGroupOptions = {},
  ): Promise<PeriodicTask> {
    return (await this.periodicTasks()).register(spec, name, group as never, options, concurrency);
  }

  /** The same for a chord. */
  async registerPeriodicChord<const C extends Chord>(
    spec: string,
    name: string,
    chord: C extends Complete<C> ? C : Complete<C>,
    { concurrency = 0, ...options }: PeriodicOptions & SendGroupOptions = {},
  ): Promise<PeriodicTask> {
    return (await this.periodicTasks()).register(spec, name, chord as never, options, concurrency);
  }

  /** The same for a chain. */
  async registerPeriodicChain<const C extends Chain>(
    spec: string,
    name: string,
    chain: C extends Complete<C> ? C : Complete<C>,
    options: PeriodicOptions = {},
  ): Promise<PeriodicTask> {
    return (await this.periodicTasks()).register(spec, name, chain as never, options, 0);
  }

  /** Ends what was registered under that name, in this process. Resolves to whether there was one, when nothing of it is on its way any more. */
  async removePeriodicTask(name: string): Promise<boolean> {
    return (await this.periodicTasks()).remove(name);
  }
}
