import { tagFor } from "../../redis/slots.js";

/** Beside the record of a group, in its slot: the gate of its chord. */
export const gateOf = (group: string): string => `{${tagFor(group)}}:p:chord`;
/** And the set of the members that have ended. */
export const endedOf = (group: string): string => `{${tagFor(group)}}:p:done`;
