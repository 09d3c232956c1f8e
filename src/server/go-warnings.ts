import type { Logger } from "../logger.js";
import { parseWithin } from "../wire/json.js";
import type { WireArg } from "../wire/signature.js";
import type { Signature, SignatureTask } from "../workflow/signature.js";
import { Chain, Chord, Group, type Item } from "../workflow/workflow.js";
import { type GoFault, goFaults, hasFault } from "./go-faults.js";

/** What a contract says of a task. */
type Declared = Pick<SignatureTask, "name" | "policy" | "takes">;

/** Warns who sends to Go Machinery's workers of what some of its versions get wrong: once for each task and fault. */
export class GoWarnings {
  readonly #logger: Logger;
  /** What is still to be told, by task. */
  readonly #left = new Map<string, GoFault[]>();
  /** What contracts say that Go serves, for those who send it by its name alone. */
  readonly #declared = new Map<string, Declared>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  declare(task: Declared): void {
    if (task.policy.servedBy !== undefined) this.#declared.set(task.name, task);
  }

  /** Looks at all that a workflow sends. */
  lookAll(item: Item): void {
    if (item instanceof Chain) for (const one of item.items) this.lookAll(one);
    else if (item instanceof Group) for (const one of item.members) this.lookAll(one);
    else if (item instanceof Chord) {
      this.lookAll(item.group);
      this.lookAll(item.callback);
    } else {
      this.look(item);
      for (const callback of [item.options.onSuccess ?? [], item.options.onError ?? []].flat()) this.lookAll(callback);
    }
  }

  /** Looks at one call, if a contract says that Go serves its task: the call's own, or one that was declared. */
  look({ task, args }: Signature): void {
    const declared = task.policy.servedBy !== undefined ? task : task.takes === undefined && this.#declared.get(task.name);
    if (declared) this.#lookAt(declared, args);
  }

  #lookAt({ name, policy: { servedBy = "go" }, takes = [] }: Declared, args: string): void {
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
