/** A table for threads that does not go with the worker's: one task is missing, another is of an older contract. */
import type { Dispatch } from "machinery-ts";
import { definitions } from "../../../generated/definitions.js";

const older = { ...definitions.split, hash: "0123456789abcdef" };

export const dispatch: Dispatch = new Map([["split", { definition: older, handler: () => [] }]]);
