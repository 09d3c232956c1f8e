import type { MongoClient } from "mongodb";
import type { Clock } from "../../util/clock.js";

/** A question may take as long as the driver is told to wait, and a little longer where the machine is busy. */
const generously = 1.5;

/**
 * Whether a client of the driver waits for something that will never come. Version 7.9 waits for ever once it has written to a connection
 * that the server has just ended, and no time limit counts there: a command then never ends, and a poll of the server, as there is of
 * FerretDB 1, of MongoDB before 4.4 and with `serverMonitoringMode=poll`, is the last one, so that the server is never found again.
 */
export class Pulse {
  readonly #clock: Clock;
  readonly #pollMs: number;
  readonly #commandMs: number;
  /** Since when each server has been asked how it is, by its address. */
  readonly #polls = new Map<string, number>();
  /** Since when each connection has been at work, by its server's address and its number. */
  readonly #commands = new Map<string, number>();

  constructor(client: MongoClient, clock: Clock) {
    this.#clock = clock;
    this.#pollMs = client.options.connectTimeoutMS * generously;
    // Behind a load balancer a cursor keeps its connection for as long as it is open.
    this.#commandMs = client.options.loadBalanced ? 0 : client.options.socketTimeoutMS * generously;
    client.on("serverHeartbeatStarted", ({ connectionId, awaited }) => {
      // A server that tells of itself may be silent for as long as nothing changes.
      if (!awaited) this.#polls.set(connectionId, clock.now());
    });
    client.on("serverHeartbeatSucceeded", ({ connectionId }) => this.#polls.delete(connectionId));
    client.on("serverHeartbeatFailed", ({ connectionId }) => this.#polls.delete(connectionId));
    client.on("serverClosed", ({ address }) => this.#polls.delete(address));
    client.on("connectionCheckedOut", ({ address, connectionId }) => this.#commands.set(`${address} ${connectionId}`, clock.now()));
    client.on("connectionCheckedIn", ({ address, connectionId }) => this.#commands.delete(`${address} ${connectionId}`));
  }

  get isStuck(): boolean {
    return this.#stands(this.#polls, this.#pollMs) || this.#stands(this.#commands, this.#commandMs);
  }

  #stands(since: ReadonlyMap<string, number>, atMostMs: number): boolean {
    const now = this.#clock.now();
    return atMostMs > 0 && [...since.values()].some((begun) => now - begun > atMostMs);
  }
}
