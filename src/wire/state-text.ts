/*
 * What can be read of a state's JSON without parsing it, and changed in it: for backends that keep JSON and need not understand it. It is
 * the JSON that this library or Go writes: quotes within strings are escaped, so that the first `"State":"` is the state's own.
 */

/** Whether that state ends its task. */
export const isTerminal = (state: string): boolean => state === "SUCCESS" || state === "FAILURE";

/** The same of a state's JSON. */
export function isTerminalJson(json: string): boolean {
  const start = json.indexOf('"State":"') + 9;
  return start > 8 && (json.startsWith('SUCCESS"', start) || json.startsWith('FAILURE"', start));
}

/** How much of a JSON's end holds its CreatedAt, whatever newer fields of Go's may follow it. */
const TAIL_LENGTH = 96;
/** What follows the value of CreatedAt, the last field, in what this library writes. */
export const createdAtTail = '"}';

/** The CreatedAt of a stored state; `undefined` where its writer left it out, or put there what is no time. */
export function createdAtOf(json: string): string | undefined {
  return /.*"CreatedAt":"([\w.:+-]+)"/.exec(json.slice(-TAIL_LENGTH))?.[1];
}

/** A state's JSON as this library writes it, whose CreatedAt is `own`, with another. */
export function withCreatedAt(json: string, own: string, other: string): string {
  return own === other ? json : json.slice(0, json.length - own.length - createdAtTail.length) + other + createdAtTail;
}
