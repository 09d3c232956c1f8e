import { createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";
import type { TaskRecord } from "./account.js";
import { momentNow } from "./ledger-client.js";

/*
 * The only judge: a process of its own, never killed, with nothing to do with the system under test. It takes down what senders and
 * tasks say, a line of JSON each, on a Unix domain socket (its only argument). A line with a number wants an answer.
 */

export type LedgerLine = { readonly reply?: number } & (
  | { readonly op: "attempt"; readonly uuid: string }
  /** `at`: when the sender was told, milliseconds since the epoch. */
  | { readonly op: "sent"; readonly uuid: string; readonly how: "ok" | "ambiguous" | "failed"; readonly at: number }
  /**
   * Answers which run of the task it is, from 1. `at`: as of `momentNow`, for lines of two processes may come in another order; Go has no such
   * clock, and what it says counts as of when it was heard.
   */
  | { readonly op: "start"; readonly uuid: string; readonly at?: number; readonly args?: unknown }
  | { readonly op: "end"; readonly uuid: string; readonly at?: number }
  /** Answers whether it was the first of its key. */
  | { readonly op: "effect"; readonly uuid: string }
  | { readonly op: "note"; readonly uuid: string; readonly note: string }
  /** Answers how many effects there are. */
  | { readonly op: "progress" }
  /** Answers all there is. */
  | { readonly op: "report" }
);

const tasks = new Map<string, TaskRecord>();
/** The runs that have not ended, by task and by the connection of their process: when another run began since, if one has. */
const running = new Map<string, Map<Socket, number>>();
/** Since when tasks whose process died in the middle have waited for another run. */
const orphans = new Map<string, number>();
let effects = 0;

function take(socket: Socket, line: LedgerLine): unknown {
  switch (line.op) {
    case "attempt":
      record(line.uuid).sent = "sending";
      return null;
    case "sent":
      Object.assign(record(line.uuid), { sent: line.how, sentAt: line.at });
      return null;
    case "start": {
      const task = record(line.uuid);
      if (task.starts === 0 && line.args !== undefined) task.args = line.args;
      const runs = running.get(line.uuid) ?? new Map<Socket, number>();
      for (const [other, at] of runs) runs.set(other, Math.min(at, line.at ?? momentNow()));
      running.set(line.uuid, runs.set(socket, Number.POSITIVE_INFINITY));
      const orphanedAt = orphans.get(line.uuid);
      if (orphanedAt !== undefined) task.pickUps.push(Date.now() - orphanedAt);
      orphans.delete(line.uuid);
      return ++task.starts;
    }
    case "end": {
      const task = record(line.uuid);
      task.ends++;
      task.endedAt = Date.now();
      if ((line.at ?? momentNow()) > (running.get(line.uuid)?.get(socket) ?? Number.POSITIVE_INFINITY)) task.overlaps++;
      running.get(line.uuid)?.delete(socket);
      return null;
    }
    case "effect": {
      const task = record(line.uuid);
      if (task.effects === 0) effects++;
      return ++task.effects === 1;
    }
    case "note":
      record(line.uuid).notes.push(line.note);
      return null;
    case "progress":
      return effects;
    case "report":
      return [...tasks];
  }
}

function record(uuid: string): TaskRecord {
  let task = tasks.get(uuid);
  if (task === undefined) {
    task = { sent: "none", starts: 0, ends: 0, overlaps: 0, effects: 0, notes: [], pickUps: [] };
    tasks.set(uuid, task);
  }
  return task;
}

const server = createServer((socket) => {
  // A process that was killed leaves a broken connection.
  const lines = createInterface(socket).on("error", () => {});
  socket.on("error", () => {});
  lines.on("line", (text) => {
    // The last line of a process that was killed may be half a line.
    if (!text.endsWith("}")) return;
    const line = JSON.parse(text) as LedgerLine;
    const answer = take(socket, line);
    if (line.reply !== undefined && socket.writable) socket.write(`${JSON.stringify({ reply: line.reply, answer })}\n`);
  });
  socket.on("close", () => {
    for (const [uuid, runs] of running) if (runs.delete(socket) && runs.size === 0) orphans.set(uuid, Date.now());
  });
});
server.listen(process.argv[2], () => process.send?.("ready"));
process.on("disconnect", () => process.exit());
