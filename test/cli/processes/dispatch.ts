import { type Dispatch, dispatcher, type Handler } from "machinery-ts/gen/v1";
import { definitions } from "../../../generated/definitions.js";

/** In the place of generated code: `split` runs on a thread. */
export function dispatch(handlers: Readonly<Record<string, Handler>>): Dispatch {
  return dispatcher([
    [definitions.add, handlers.add!],
    [definitions.concat, handlers.concat!],
    [{ ...definitions.split, policy: { run: "thread" } }, handlers.split!],
  ]);
}
