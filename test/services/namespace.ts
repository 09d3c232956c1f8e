import { randomBytes } from "node:crypto";
import type { ExecutionContext } from "ava";

/**
 * A name that no other test uses, in this run or another: for queues, virtual hosts and databases, and to begin keys with. It tells
 * which test it is. Letters, digits and dashes, 50 at most, which every server takes.
 */
export function namespace(t: ExecutionContext): string {
  const slug = t.title.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  return `${slug.slice(0, 39)}-${randomBytes(5).toString("hex")}`;
}
