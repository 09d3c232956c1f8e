import type { StateName } from "../backend.js";

export const isTerminal = (state: StateName): boolean => state === "SUCCESS" || state === "FAILURE";

/** The same of a state's JSON, ours or Go's, without parsing it: quotes in strings are escaped, so that the first one is the state's. */
export function isTerminalJson(json: string): boolean {
  const start = json.indexOf('"State":"') + 9;
  return start > 8 && (json.startsWith('SUCCESS"', start) || json.startsWith('FAILURE"', start));
}

/** How much of a JSON's end holds its CreatedAt, whatever newer fields of Go's may follow it. */
const tailLength = 96;
/** What follows the value of CreatedAt, the last field, in what this library writes. */
const end = '"}';

/** The CreatedAt of a stored state; `undefined` where its writer left it out. */
export function createdAtOf(json: string): string | undefined {
  return /.*"CreatedAt":"([^"]*)"/.exec(json.slice(-tailLength))?.[1];
}

/** A state's JSON, whose CreatedAt is `own`, with another. */
export function withCreatedAt(json: string, own: string, other: string): string {
  return own === other ? json : json.slice(0, json.length - own.length - end.length) + other + end;
}
