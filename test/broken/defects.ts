import type { Defect } from "./defect.js";
import { brokerDefects } from "./defects/brokers.js";
import { connectionDefects } from "./defects/connections.js";
import { inputDefects } from "./defects/input.js";
import { resultDefects } from "./defects/results.js";
import { workerDefects } from "./defects/worker.js";

/** What the tests of chaos, models, hostile input, secrets and TLS are there to notice. */
export const defects: readonly Defect[] = [
  ...workerDefects,
  ...brokerDefects,
  ...resultDefects,
  ...connectionDefects,
  ...inputDefects,
];
