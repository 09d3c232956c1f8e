import { quote } from "../contract/diagnostics.js";
import type { Path } from "../contract/findings.js";
import type { Policy, Task } from "../model.js";
import type { Changes } from "./changes.js";
import type { BreakingRuleId } from "./rules.js";

/** How a task is run, then and now. */
export function comparePolicies({ policy: was }: Task, { policy: is, name }: Task, path: Path, changes: Changes): void {
  const add = (id: BreakingRuleId, key: string, message: string) => changes.add(id, [...path, key], message);
  const called = quote(name);
  if (was.queue !== is.queue) add("QUEUE_CHANGED", "queue", `${called} went to ${queue(was)}, and goes to ${queue(is)}.`);
  if (was.run !== is.run && (was.run ?? "inline") !== (is.run ?? "inline")) {
    add("RUN_CHANGED", "run", `${called} ran ${was.run ?? "inline"}, and runs ${is.run ?? "inline"}.`);
  }
  const times = [
    ["TIMEOUT", "timeout", "A run of", was.timeoutMs, is.timeoutMs],
    ["RESULT_TTL", "result_ttl", "A result of", was.resultTtlMs, is.resultTtlMs],
  ] as const;
  for (const [family, key, what, then, now] of times) {
    if (then === now) continue;
    const message = `${what} ${called} had ${time(then)}, and has ${time(now)}.`;
    const unset = family === "TIMEOUT" ? Number.POSITIVE_INFINITY : undefined;
    // What is kept by the server's setting may be longer or shorter: nobody can tell from here.
    const [before, after] = [then ?? unset, now ?? unset];
    const shorter = before === undefined || after === undefined || after < before;
    add(`${family}_${shorter ? "SHORTENED" : "LENGTHENED"}`, key, message);
  }
  const [tries, triesNow] = [was.retryCount ?? 0, is.retryCount ?? 0];
  if (tries !== triesNow) {
    const message = `${called} was tried again ${tries} times, and is ${triesNow} times.`;
    add(triesNow < tries ? "RETRIES_LOWERED" : "RETRIES_RAISED", "retry", message);
  }
  if ((was.retryTimeoutSeconds ?? 0) !== (is.retryTimeoutSeconds ?? 0)) {
    const message = `The first pause of ${called} was after ${was.retryTimeoutSeconds ?? 0} s, and is after ${is.retryTimeoutSeconds ?? 0} s.`;
    add("RETRY_PAUSE_CHANGED", "retry", message);
  }
  if (was.servedBy !== is.servedBy) {
    add(
      is.servedBy === undefined ? "SERVED_HERE" : "SERVED_BY_CHANGED",
      "served_by",
      `${called} was run by ${servers(was)}, and is run by ${servers(is)}.`,
    );
  }
}

function queue({ queue }: Policy): string {
  return queue === undefined ? "the default queue" : quote(queue);
}

function time(ms: number | undefined): string {
  if (ms === undefined) return "no limit of its own";
  return ms % 1000 === 0 ? `${ms / 1000} s` : `${ms} ms`;
}

function servers({ servedBy }: Policy): string {
  return servedBy === undefined ? "this library's workers" : servedBy;
}
