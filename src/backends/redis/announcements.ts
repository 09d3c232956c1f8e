import { randomUUID } from "node:crypto";

const prefix = "machinery:reply:";
const form = /^machinery:reply:[0-9a-f-]{36}$/;

/** A topic for what one process waits for. */
export const newTopic = (): string => prefix + randomUUID();

/**
 * The channel on which a state is announced: those that end a task are apart from the others, which hardly anybody wants to hear. None
 * where the topic, which comes with a message, is not one of ours: nobody is to have workers speak on other channels.
 */
export function channelOf(topic: string, isTerminal: boolean): string {
  if (!form.test(topic)) return "";
  return isTerminal ? topic : `${topic}:all`;
}

/** A longer state is announced by its id alone, for whoever wants it to read: what waits to be sent to a slow listener has its limits. */
export const longestAnnouncement = 4_096;

/** How the script that stores states puts several into one message: a line each, the JSON, or the id where the JSON is long. */
export function linesOf(message: Buffer): string[] {
  return message.toString().split("\n");
}

const idMark = '{"TaskUUID":"';

/** Whose state a line is; `undefined` if it holds none. */
export function idIn(line: string): string | undefined {
  if (!line.startsWith(idMark)) return undefined;
  const end = line.indexOf('"', idMark.length);
  return end < 0 ? undefined : line.slice(idMark.length, end);
}
