import { MachineryError } from "../errors.js";
import type { Validator } from "../gen/v1/task.js";
import { parseJson } from "./json.js";
import { storedLimits } from "./limits.js";

/** Reads a record that a result backend holds; throws `ERR_STATE_CORRUPT` where it is not `what` it should be. */
export function readStored(json: string, id: string, what: string, validate: Validator): unknown {
  let record: unknown;
  try {
    record = parseJson(json, storedLimits);
  } catch (cause) {
    throw new MachineryError("ERR_STATE_CORRUPT", `the result backend holds no ${what} here, nor any other JSON.`, {
      at: id,
      cause,
    });
  }
  if (validate(record)) return record;
  const [error] = validate.errors ?? [];
  const why = error ? ` ${error.instancePath} ${error.message}`.replace(/ {2,}/, " ") : "";
  throw new MachineryError("ERR_STATE_CORRUPT", `the result backend holds no ${what} here:${why}.`, { at: id });
}
