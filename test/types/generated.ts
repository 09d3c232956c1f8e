// Compiled, never run: what the generated types of this repository's contract let through, and what they do not.
import type { AsyncResult } from "machinery-ts";
import { dispatch, type Handlers, type ResizeRequest, type Senders, type Size, tasks } from "../../generated/index.js";

declare const handlers: Handlers;
declare const send: Senders;
declare const request: ResizeRequest;

export const add: Handlers["add"] = (...terms) => terms.reduce((sum, term) => sum + term, 0n);
export const panic_task: Handlers["panic_task"] = () => {
  throw new Error("oops");
};
export const none: Handlers["none"] = async () => {};
export const resize: Handlers["resize"] = ({ image, box }) => ({ width: Number(image.id), height: box.height });

dispatch(handlers);
dispatch({ ...handlers, add });

// @ts-expect-error a handler is missing
dispatch({ add, none, panic_task, resize });
// @ts-expect-error number for bigint
dispatch({ ...handlers, add: (...terms: number[]) => terms.length });
// @ts-expect-error an argument more than the task has
dispatch({ ...handlers, split: (text: string, separator: string) => text.split(separator) });
// @ts-expect-error nothing, where a string is due
dispatch({ ...handlers, fail: () => {} });
// @ts-expect-error an integer of 64 bits is a bigint in the structured type too
export const other: ResizeRequest = { ...request, image: { id: 1, size: { width: 1, height: 1 } } };
// @ts-expect-error a field is missing
export const size: Size = { width: 1 };

export const sum: Promise<AsyncResult<bigint>> = send.add(1n, 2n);
export const sized: Promise<AsyncResult<Size>> = send.resize(request);
export const many: Promise<AsyncResult<string>[]> = send.concat.many([[["a", "b"]], [["c"]]]);
// @ts-expect-error number for bigint
send.add(1, 2);
// @ts-expect-error one argument is missing
send.resize();
// @ts-expect-error there is no such task
send.subtract(1n, 2n);

tasks.join_tiles(2, new Uint8Array(), new Uint8Array());
// @ts-expect-error a variadic slice is an argument of its own each time, not a list of them
tasks.join_tiles(2, [new Uint8Array()]);
tasks.split.partial();
// @ts-expect-error a variadic task has nothing to leave out
tasks.add.partial();
