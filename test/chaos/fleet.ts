import { Child, type Exit } from "./child.js";
import type { WorkerOrders } from "./worker.js";

/** Worker processes, and a supervisor that puts a new one in the place of each that ends. */
export class Fleet {
  readonly #orders: Omit<WorkerOrders, "tag">;
  readonly #workers = new Set<Child>();
  /** What the next worker gets in its environment, after so many have been killed. */
  readonly #environment: (killed: number) => NodeJS.ProcessEnv;
  readonly exits: Exit[] = [];
  /** How workers ended that nobody killed and that did not end well, with what they wrote to stderr. */
  readonly complaints: string[] = [];
  /** Whether one that ends has a successor. */
  respawns = true;
  #started = 0;

  constructor(orders: Omit<WorkerOrders, "tag">, size: number, environment: (killed: number) => NodeJS.ProcessEnv = () => ({})) {
    this.#orders = orders;
    this.#environment = environment;
    for (let i = 0; i < size; i++) this.spawn();
  }

  /** The workers that take tasks. */
  get ready(): Child[] {
    return [...this.#workers].filter((worker) => worker.isReady);
  }

  /** How many have died by a kill of any kind. */
  get killed(): number {
    return this.exits.filter(({ signal }) => signal === "SIGKILL").length;
  }

  spawn(environment = this.#environment(this.killed)): Child {
    const worker = new Child("worker", JSON.stringify({ ...this.#orders, tag: `worker-${++this.#started}` }), environment);
    this.#workers.add(worker);
    void worker.exited.then((exit) => {
      this.#workers.delete(worker);
      this.exits.push(exit);
      if (exit.signal !== "SIGKILL" && exit.code !== 0) {
        this.complaints.push(
          `${exit.code ?? exit.signal} ${worker.asked > 0 ? "while it stopped" : "by itself"}: ${worker.errors}`,
        );
      }
      if (this.respawns) this.spawn();
    });
    return worker;
  }

  /** Ends without a successor for any; resolves to how they ended. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<Exit[]> {
    this.respawns = false;
    const workers = [...this.#workers];
    await Promise.all(workers.map((worker) => worker.ready));
    for (const worker of workers) worker.kill(signal);
    return Promise.all(workers.map((worker) => worker.exited));
  }

  /** For the end of a test that has failed, too. */
  async destroy(): Promise<void> {
    this.respawns = false;
    const workers = [...this.#workers];
    for (const worker of workers) worker.kill("SIGKILL");
    await Promise.all(workers.map((worker) => worker.exited));
  }
}
