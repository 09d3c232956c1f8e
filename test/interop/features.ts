import type { Feature } from "./feature.js";
import { lives } from "./lives.js";
import { values } from "./values.js";
import { workflows } from "./workflows.js";

/** All that must work between Go and TypeScript. */
export const features: readonly Feature[] = [...values, ...workflows, ...lives];
