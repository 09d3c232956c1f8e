import type { AmqpAddress } from "../../amqp/connections.js";
import type { Clock } from "../../util/clock.js";

/** Arguments of RabbitMQ's own, such as `x-max-priority`. */
export type QueueArguments = Readonly<Record<string, string | number | boolean>>;

/** Machinery's `amqp` block, and what this library adds to it. */
export interface AmqpBrokerSettings {
  readonly exchange: string;
  readonly exchangeType: string;
  readonly defaultQueue: string;
  /** Binds the default queue. */
  readonly bindingKey: string;
  readonly queueBindingArgs: QueueArguments;
  readonly queueDeclareArgs: QueueArguments;
  readonly autoDelete: boolean;
  /** One queue for all delayed messages; empty: as `delayStrategy` says. */
  readonly delayedQueue: string;
  readonly delayStrategy: "ladder" | "machinery";
  /** What to do where a queue or exchange is there with other arguments: fail, or take it as it is. */
  readonly existingQueues: "strict" | "accept";
}

export const defaultAmqpBrokerSettings: AmqpBrokerSettings = {
  exchange: "machinery_exchange",
  exchangeType: "direct",
  defaultQueue: "machinery_tasks",
  bindingKey: "machinery_task",
  queueBindingArgs: {},
  queueDeclareArgs: {},
  autoDelete: false,
  delayedQueue: "",
  delayStrategy: "ladder",
  existingQueues: "strict",
};

export interface AmqpBrokerOptions extends Partial<AmqpBrokerSettings> {
  readonly address: AmqpAddress;
  /** Default: the system's. */
  readonly clock?: Clock;
  /** How long a message may wait for RabbitMQ to confirm it, in milliseconds. Default 10,000. */
  readonly publishDeadlineMs?: number;
}

export const isQuorum = ({ queueDeclareArgs }: AmqpBrokerSettings): boolean => queueDeclareArgs["x-queue-type"] === "quorum";
export const hasPriorities = ({ queueDeclareArgs }: AmqpBrokerSettings): boolean => Number(queueDeclareArgs["x-max-priority"]) > 0;
