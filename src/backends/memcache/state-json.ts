import type { StateWrite } from "../backend.js";

const stateKey = '"State":"';
const createdAtKey = '"CreatedAt":"';
/** What follows the value of CreatedAt, the last field of a state as this library writes it. */
const createdAtTail = '"}';

/** Whether a state, as this library or Go writes it, is one that ends the task. Quotes within strings are escaped: the first key is the one. */
export function isTerminalJson(json: string): boolean {
  const start = json.indexOf(stateKey);
  return (
    start !== -1 && (json.startsWith('SUCCESS"', start + stateKey.length) || json.startsWith('FAILURE"', start + stateKey.length))
  );
}

/** The CreatedAt of a stored state; `undefined` where there is none. */
export function createdAtIn(json: string): string | undefined {
  const start = json.lastIndexOf(createdAtKey);
  if (start === -1) return undefined;
  const value = json.slice(start + createdAtKey.length, json.indexOf('"', start + createdAtKey.length));
  return /^[\w.:+-]+$/.test(value) ? value : undefined;
}

/** A state's JSON with the CreatedAt of the task's first. */
export function withCreatedAt({ json, createdAt }: StateWrite, first: string): string {
  return createdAt === first ? json : json.slice(0, json.length - createdAt.length - createdAtTail.length) + first + createdAtTail;
}
