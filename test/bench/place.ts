import { removeFolder, temporaryFolder } from "../services/temporary-folder.js";
import type { Bench } from "./bench.js";

/** Where tasks and results are kept while something is measured. */
export interface Place {
  /** Begins the names of its cases. */
  readonly name: "memory" | "file" | "redis" | "rabbitmq";
  /** For people. */
  readonly title: string;
  readonly broker: string;
  readonly resultBackend: string;
  /** Whether other processes see what one has sent. */
  readonly isShared: boolean;
  close(): Promise<void>;
}

const nothing = async (): Promise<void> => {};

export async function memory(): Promise<Place> {
  const url = "memory:bench";
  return { name: "memory", title: "Memory", broker: url, resultBackend: url, isShared: false, close: nothing };
}

export async function file(): Promise<Place> {
  const folder = await temporaryFolder();
  const url = `file:${folder}`;
  const close = () => removeFolder(folder);
  return { name: "file", title: "Embedded store", broker: url, resultBackend: url, isShared: true, close };
}

export async function redis(bench: Bench): Promise<Place> {
  const url = await bench.url("redis");
  return { name: "redis", title: "Redis", broker: url, resultBackend: url, isShared: true, close: nothing };
}

export async function rabbitmq(bench: Bench): Promise<Place> {
  const [broker, resultBackend] = await Promise.all([bench.url("rabbitmq"), bench.url("redis")]);
  return { name: "rabbitmq", title: "RabbitMQ, results in Redis", broker, resultBackend, isShared: true, close: nothing };
}
