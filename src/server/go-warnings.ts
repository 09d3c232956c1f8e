import type { Logger } from "../logger.js";
import { parseWithin } from "../wire/json.js";
import type { WireArg } from "../wire/signature.js";
import type { Signature } from "../workflow/signature.js";
import { Chain, Chord, Group, type Item } from "../workflow/workflow.js";
import { type GoFault, goFaults, hasFault } from "./go-faults.js";

/** Warns who sends to Go Machinery's workers of what some of its versions get wrong: once for each task and fault. */
export class GoWarnings {
  readonly #logger: Logger;
  /** What is still to be told, by task. */
  readonly #left = new Map<string, GoFault[]>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Looks at all that a workflow sends. */
  lookAll(item: Item): void {
    if (item instanceof Chain) for (const one of item.items) this.lookAll(one);
    else if (item instanceof Group) for (const one of item.members) this.lookAll(one);
    else if (item instanceof Chord) {
      this.lookAll(item.group);
      this.lookAll(item.callback);
    } else {
      if (item.task.policy.servedBy !== undefined) this.look(item);
      for (const callback of [item.options.onSuccess ?? [], item.options.onError ?? []].flat()) this.lookAll(callback);
    }
  }

  /** Looks at one call of a task whose contract says that Go serves it. */
  look({ task: { name, policy, takes = [] }, args }: Signature): void {
    const { servedBy = "go" } = policy;
    let left = this.#left.get(name);
    if (left === undefined) {
      left = goFaults.filter((fault) => fault.concerns(takes) && hasFault(fault, servedBy));
      this.#left.set(name, left);
    }
    if (left.length === 0) return;
    const values = parseWithin(`[${args}]`) as unknown as readonly WireArg[];
    const struck = left.filter(({ strikes }) => strikes === undefined || values.some(({ Type, Value }) => strikes(Type, Value)));
    for (const { mended, what } of struck) {
      this.#logger.warn(
        { task: name, servedBy },
        `workers of Go Machinery before ${mended.v1} (of version 2: before ${mended.v2}) ${what}. If all that run the task are ` +
          `newer, let its contract say so: served_by: go ${mended.v1}`,
      );
    }
    this.#left.set(
      name,
      left.filter((fault) => !struck.includes(fault)),
    );
  }
}
