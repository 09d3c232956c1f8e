import { MachineryError, preview } from "../errors.js";

/** The steps after which a process can be made to die: a task's way through a worker, then through a sender, then the embedded store. */
export const crashPoints = [
  "claimed",
  "read",
  "started",
  "ran",
  "retry-published",
  "terminal",
  "follow-ups-pending",
  "follow-ups-published",
  "member-done",
  "chord-sent",
  "before-ack",
  "acked",
  "group-opened",
  "pending",
  "published",
  "in-transaction",
  "committed",
] as const;

export type CrashPoint = (typeof crashPoints)[number];

/**
 * Dies like a process that is killed, where `MACHINERY_CRASH_AT=<point>[:n]` asks for it: when the step is passed for the n-th time (the
 * first, if there is no number). For tests of what is lost. Without that variable it is `undefined`, and `crashPoint?.("ran")` costs
 * nothing.
 */
export const crashPoint: ((passed: CrashPoint) => void) | undefined = readCrashPoint(process.env.MACHINERY_CRASH_AT);

function readCrashPoint(text: string | undefined): ((passed: CrashPoint) => void) | undefined {
  if (text === undefined || text === "") return undefined;
  const [name, times = "1"] = text.split(":");
  let left = Number(times);
  if (!crashPoints.includes(name as CrashPoint) || !Number.isInteger(left) || left < 1) {
    throw new MachineryError("ERR_CONFIG", `${preview(text)} is not a step, or a step, a colon and a number from 1.`, {
      at: "MACHINERY_CRASH_AT",
      hint: `The steps are ${crashPoints.join(", ")}.`,
    });
  }
  return (passed) => {
    if (passed === name && --left === 0) process.kill(process.pid, "SIGKILL");
  };
}
