import type { Broker, BrokerCapabilities, Consumer } from "../../../brokers/broker.js";

/** A broker adapter as the suite sees it. */
export interface BrokerSubject {
  /** Stands in every title and namespace. */
  readonly name: string;
  /** What the adapter declares. The suite holds it to every `true`, and to a clear refusal for every `false`. */
  readonly capabilities: BrokerCapabilities;
  /** The lease that consumers are opened with, in milliseconds: short where time cannot be driven. */
  readonly leaseMs: number;
  /** How far in the future a delay must lie to be told from "at once", in milliseconds: short where time cannot be driven. */
  readonly delayMs: number;
  /** How long a test waits for what must come, in real milliseconds. Default 10,000. */
  readonly patienceMs?: number;
  /** Sets the stage for one test: nothing that happens in another namespace is seen there. */
  open(namespace: string): Promise<BrokerStage>;
}

/** Queues of one test's own. The suite closes every broker it connects; `close` clears away the rest. */
export interface BrokerStage {
  /** Connects to the stage's queues, once more with every call. */
  connect(): Promise<Broker>;
  /** Milliseconds since the epoch, by the clock that the broker goes by. */
  now(): number;
  /** Lets at least `ms` milliseconds pass, by moving the clock or by waiting. */
  elapse(ms: number): Promise<void>;
  /**
   * The consumer falls silent, as if its process were killed or suspended: no sign of life, nothing given back. The object stays
   * usable; a later `settle` or `take` is that of a suspended process that goes on.
   */
  die(consumer: Consumer): Promise<void>;
  close?(): Promise<void>;
}
