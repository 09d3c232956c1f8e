import { MachineryError } from "../errors.js";
import type { TaskPolicy } from "../gen/v1/task.js";
import type { GoType } from "../wire/go-types.js";
import type { WireArg } from "../wire/signature.js";
import type { Flow, OptionsFit, TaskFlow } from "./fit.js";
import { misfit, misfitForError } from "./flow-check.js";
import { checkSendOptions, type SendOptions } from "./options.js";

/** What a signature needs to know of its task. A `TaskDefinition` of generated code is one; `signature` makes one for any name. */
export interface SignatureTask {
  readonly name: string;
  /** Absent where no contract knows the task. */
  readonly hash?: string;
  readonly policy: TaskPolicy;
  /** Absent where no contract knows the task: what flows in and out is then left to the worker to check. */
  readonly takes?: readonly GoType[];
  readonly variadic?: boolean;
  readonly gives?: readonly GoType[];
  decodeResults(results: readonly WireArg[]): unknown;
}

/** How one call of a task is to be sent, and what follows it. Everything is optional. */
export interface SignatureOptions extends SendOptions {
  /** Sent when the task has succeeded, each with the task's results *after* its own arguments. */
  readonly onSuccess?: Signature | readonly Signature[];
  /** Sent when the task has failed for good, each with the error's text *before* its own arguments. */
  readonly onError?: Signature | readonly Signature[];
}

/**
 * One call of a task, not sent yet: the task, its arguments (encoded already) and how to send it. A value: `with` returns
 * another one. Generated task builders make them (`tasks.add(1n, 1n)`), and `signature` for tasks without a contract.
 *
 * @typeParam Missing the arguments that it still lacks; a variadic task's end in a rest element
 * @typeParam Gives its results, as wire types
 * @typeParam Result what waiting for it resolves to
 * @typeParam Immutable whether it keeps its results to itself
 */
export class Signature<Missing extends Flow = any, Gives extends Flow = any, Result = any, Immutable extends boolean = any> {
  /** For the compiler only; it does not exist. */
  declare readonly "~flow": TaskFlow<Missing, Gives, Result, Immutable>;

  /**
   * @internal
   * @param task what is called
   * @param args the inside of the JSON array `Args`
   * @param given how many arguments that is
   */
  constructor(
    readonly task: SignatureTask,
    readonly args: string,
    readonly given: number,
    readonly options: SignatureOptions = noOptions,
  ) {}

  /**
   * The same call with these options; those that are not named stay as they were.
   *
   * @throws MachineryError `ERR_SIG_TYPE`, `ERR_SIG_RANGE`, `ERR_SIG_CHARS` or `ERR_SIG_RESERVED` for what cannot be sent,
   * `ERR_WORKFLOW` for a callback that cannot take what it will get
   */
  with<const Options extends SignatureOptions>(
    options: Options extends OptionsFit<Options, SignatureOptions, Gives, Immutable>
      ? Options
      : OptionsFit<Options, SignatureOptions, Gives, Immutable>,
  ): Signature<Missing, Gives, Result, Options extends { readonly immutable: infer I extends boolean } ? I : Immutable> {
    return new Signature(this.task, this.args, this.given, merge(this.task, this.options, options as SignatureOptions));
  }
}

/** Of a signature that `with` has not touched: always this object. */
export const noOptions: SignatureOptions = Object.freeze({});

/** No callback, one or several, as a list. */
export function callbacks(of: Signature | readonly Signature[] | undefined): readonly Signature[] {
  return of === undefined ? [] : Array.isArray(of) ? of : [of as Signature];
}

function merge(task: SignatureTask, before: SignatureOptions, changes: SignatureOptions): SignatureOptions {
  const { onSuccess, onError, ...sending } = changes;
  checkSendOptions(`The signature of "${task.name}"`, sending);
  checkAreSignatures("onSuccess", onSuccess);
  checkAreSignatures("onError", onError);
  const merged: { -readonly [Key in keyof SignatureOptions]: SignatureOptions[Key] } = { ...before };
  if (changes.eta !== undefined) delete merged.delayMs;
  if (changes.delayMs !== undefined) delete merged.eta;
  for (const [key, value] of Object.entries(changes)) {
    if (value !== undefined) Object.assign(merged, { [key]: value });
  }
  checkCallbacks(task, merged);
  return Object.freeze(merged);
}

function checkAreSignatures(key: string, value: unknown): void {
  if (value === undefined) return;
  if ((Array.isArray(value) ? value : [value]).every((one) => one instanceof Signature)) return;
  throw new MachineryError("ERR_WORKFLOW", "neither a signature nor an array of signatures.", { at: key });
}

function checkCallbacks(task: SignatureTask, options: SignatureOptions): void {
  const passed = options.immutable ? [] : task.gives;
  for (const callback of callbacks(options.onSuccess)) {
    const wrong = misfit(passed, callback, `"${task.name}" gives`);
    if (wrong !== undefined) throw new MachineryError("ERR_WORKFLOW", `${wrong}.`, { at: "onSuccess" });
  }
  for (const callback of callbacks(options.onError)) {
    const wrong = misfitForError(callback);
    if (wrong !== undefined) throw new MachineryError("ERR_WORKFLOW", `${wrong}.`, { at: "onError" });
  }
}
