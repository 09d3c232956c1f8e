import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/** What is common to those who work together, and the queue of one of them. */
export interface CommonConfig {
  readonly broker: string;
  readonly backend: string;
  readonly exchange: string;
  readonly queue: string;
  readonly bindingKey: string;
  readonly delayedKey: string;
}

/** Machinery's own configuration file, which both read: Go takes 1,000 bytes of it at most. Resolves to its path. */
export async function writeConfig(
  folder: string,
  { broker, backend, exchange, queue, bindingKey, delayedKey }: CommonConfig,
): Promise<string> {
  const path = join(folder, `${randomBytes(5).toString("hex")}.yml`);
  const lines = [
    `broker: ${broker}`,
    `default_queue: ${queue}`,
    `result_backend: ${backend}`,
    "results_expire_in: 600",
    "amqp:",
    `  exchange: ${exchange}`,
    "  exchange_type: direct",
    `  binding_key: ${bindingKey}`,
    "  prefetch_count: 3",
    // Unknown to Go, whose way it is.
    "  result_queues: task",
    "redis:",
    `  delayed_tasks_key: ${delayedKey}`,
    "  delayed_tasks_poll_period: 20",
  ];
  await writeFile(path, `${lines.join("\n")}\n`);
  return path;
}
