import type { ExecutionContext } from "ava";
import type { Fleet } from "./fleet.js";

/** Who sends and who works. Who sends also reads the results. */
export type Direction = "Go sends, TypeScript works" | "TypeScript sends, Go works" | "both work";

export const directions: readonly Direction[] = ["Go sends, TypeScript works", "TypeScript sends, Go works", "both work"];

export type Run = (t: ExecutionContext, fleet: Fleet) => Promise<void>;

/** Something that must work between Go and TypeScript, and how that is tried, each way that it makes sense. */
export interface Feature {
  readonly name: string;
  readonly runs: Partial<Record<Direction, Run>>;
}
