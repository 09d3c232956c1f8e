import type { Dispatch } from "machinery-ts/gen/v1";
import { dispatch as generated, type Handlers } from "../../generated/index.js";

/** The tutorial's tasks but for those that run on threads: for workers that need none. */
export function dispatch(handlers: Handlers): Dispatch {
  return new Map([...generated(handlers)].filter(([, { definition }]) => definition.policy.run !== "thread"));
}
