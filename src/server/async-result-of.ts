import type { AsyncResult } from "../results/async-result.js";
import type { ResultOf } from "../workflow/fit.js";
import type { Chain, Chord, Group } from "../workflow/workflow.js";

/** What is waited for after sending an item: for a group, one for each member. */
export type AsyncResultOf<I> =
  I extends Group<infer Members>
    ? { readonly [Index in keyof Members]: AsyncResultOf<Members[Index]> }
    : I extends Chain<any, infer End>
      ? AsyncResultOf<End>
      : I extends Chord<any, infer Callback>
        ? AsyncResultOf<Callback>
        : AsyncResult<ResultOf<I>>;
