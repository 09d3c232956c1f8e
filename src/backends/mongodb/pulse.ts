import type { MongoClient } from "mongodb";
import type { Clock } from "../../util/clock.js";

/** A search for a server often begins with the question that is never answered, and may last as long as that may. */
const nearly = 0.9;

/**
 * Whether a client of the driver still asks its servers how they are. Version 7.9 waits for ever for the answer to a question that it
 * writes to a connection which the server has just closed: no time limit counts there, and it never finds the server again. That is so
 * where it polls: FerretDB 1, MongoDB before 4.4, `serverMonitoringMode=poll`.
 */
export class Pulse {
  readonly #clock: Clock;
  readonly #patienceMs: number;
  /** When each server was asked that has not answered yet. */
  readonly #askedAt = new Map<string, number>();

  constructor(client: MongoClient, clock: Clock) {
    this.#clock = clock;
    this.#patienceMs = client.options.connectTimeoutMS * nearly;
    client.on("serverHeartbeatStarted", ({ connectionId, awaited }) => {
      // A server that tells of itself may be silent for as long as nothing changes.
      if (!awaited) this.#askedAt.set(connectionId, clock.now());
    });
    client.on("serverHeartbeatSucceeded", ({ connectionId }) => this.#askedAt.delete(connectionId));
    client.on("serverHeartbeatFailed", ({ connectionId }) => this.#askedAt.delete(connectionId));
    client.on("serverClosed", ({ address }) => this.#askedAt.delete(address));
  }

  /** Whether a question stands for longer than the driver is told to wait for a connection, or an answer. */
  get isStuck(): boolean {
    const since = this.#clock.now() - this.#patienceMs;
    return this.#patienceMs > 0 && [...this.#askedAt.values()].some((askedAt) => askedAt < since);
  }
}
