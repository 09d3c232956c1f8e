import type { Signature } from "machinery-ts";
import { tasks } from "../../generated/index.js";
import type { Kind } from "../services/kinds.js";
import type { GoVersion } from "./go-machinery.js";
import { limits, slices } from "./limits.js";

/** A feature that Go Machinery spoils, and how that shows. */
export type Fault = { readonly feature: string } & (
  | {
      readonly direction: "Go sends, TypeScript works";
      /** The error that its `Get` returns. */
      readonly error: RegExp;
    }
  | {
      readonly direction: "TypeScript sends, Go works";
      /** The task that shows it. */
      readonly task: Signature;
      /** What its worker logs. Who waits for the task waits in vain. */
      readonly log: RegExp;
    }
);

/** A broker and a result backend that both sides use, and the version of Go Machinery that is tried over them. */
export interface Pair {
  readonly broker: Kind;
  readonly backend: Kind;
  readonly version: GoVersion;
  readonly faults: readonly Fault[];
}

const unsignedOnMongodb: readonly Fault[] = [
  { feature: "scalars at their limits", direction: "Go sends, TypeScript works", error: /^0 is not uint$/ },
  {
    feature: "scalars at their limits",
    direction: "TypeScript sends, Go works",
    task: tasks.every(...limits.greatest.values),
    log: /Broker failed with error: Set state to 'success' .* overflows int64/,
  },
  { feature: "slices", direction: "Go sends, TypeScript works", error: /^0 is not uint$/ },
  {
    feature: "slices",
    direction: "TypeScript sends, Go works",
    task: tasks.slices(...slices.values),
    log: /Broker failed with error: Set state to 'success' .* overflows int64/,
  },
];

/** All that is tried, by the name of its test file. */
export const pairs = {
  "redis-redis": { broker: "redis", backend: "redis", version: "v2", faults: [] },
  "redis-redis-v1": { broker: "redis", backend: "redis", version: "v1", faults: [] },
  "redis-memcached": { broker: "redis", backend: "memcached", version: "v2", faults: [] },
  "redis-mongodb": { broker: "redis", backend: "mongodb", version: "v2", faults: unsignedOnMongodb },
  "rabbitmq-redis": { broker: "rabbitmq", backend: "redis", version: "v2", faults: [] },
  "rabbitmq-rabbitmq": { broker: "rabbitmq", backend: "rabbitmq", version: "v2", faults: [] },
  "rabbitmq-memcached": { broker: "rabbitmq", backend: "memcached", version: "v2", faults: [] },
  "rabbitmq-mongodb": { broker: "rabbitmq", backend: "mongodb", version: "v2", faults: unsignedOnMongodb },
} as const satisfies Record<string, Pair>;
