import type { AsyncResult } from "../../results/async-result.js";
import { Signature } from "../../workflow/signature.js";
import { checkArgCount } from "./builder.js";
import type { TaskDefinition } from "./task.js";

/** What a sender needs of the server. */
export interface Sending {
  sendTask(signature: Signature): Promise<AsyncResult<any>>;
  /** Is told of every task that it is to have a sender of. */
  declareTask?(definition: TaskDefinition): void;
}

/** Sends one task: arguments are checked and encoded before any I/O; what does not fit rejects with `ERR_ARG_*`. */
export interface Sender<Args extends readonly unknown[], Result> {
  (...args: Args): Promise<AsyncResult<Result>>;
  /**
   * Sends many calls in few round trips and resolves when all are queued, with the results in the order of the calls. All arguments
   * are checked first: where one does not fit, nothing is sent.
   *
   * @throws AggregateError with one error for each call that the broker or the backend did not take
   */
  many(calls: Iterable<Args>, options?: ManyOptions): Promise<AsyncResult<Result>[]>;
}

export interface ManyOptions {
  /** Called as calls are queued, with how many are so far and how many there are. */
  readonly onProgress?: (sent: number, total: number) => void;
}

/** The sender of one task; generated code types it. */
export function sender<Args extends readonly unknown[], Result>(
  server: Sending,
  definition: TaskDefinition<Args, Result>,
): Sender<Args, Result> {
  server.declareTask?.(definition);
  const signature = (args: Args): Signature => {
    checkArgCount(definition, args.length);
    return new Signature(definition, definition.encodeArgs(args), args.length);
  };

  const send = (...args: Args): Promise<AsyncResult<Result>> => {
    try {
      return server.sendTask(signature(args));
    } catch (error) {
      return Promise.reject(error);
    }
  };

  const many = async (calls: Iterable<Args>, { onProgress }: ManyOptions = {}): Promise<AsyncResult<Result>[]> => {
    const signatures = Array.from(calls, signature);
    const sent: AsyncResult<Result>[] = [];
    const errors: unknown[] = [];
    let done = 0;
    const one = async (signature: Signature, index: number): Promise<void> => {
      try {
        sent[index] = await server.sendTask(signature);
      } catch (error) {
        errors.push(error);
        return;
      }
      onProgress?.(++done, signatures.length);
    };
    await Promise.all(signatures.map(one));
    if (errors.length === 0) return sent;
    throw new AggregateError(
      errors,
      `${errors.length} of ${signatures.length} calls of "${definition.name}" were not sent: ${errors[0]}`,
    );
  };

  return Object.assign(send, { many });
}
