import { quote } from "./diagnostics.js";
import { parseDuration } from "./duration.js";
import type { Findings, Path } from "./findings.js";
import { migrationName } from "./migrations.js";
import { checkCollisions, checkName } from "./names.js";
import { isObject, itemsOf, member, membersOf } from "./record.js";
import { checkReference } from "./references.js";

/** What the contract's JSON Schema cannot say of its tasks. */
export function checkTasks(contract: unknown, findings: Findings): void {
  const tasks = membersOf(member(contract, "tasks"));
  checkCollisions(
    tasks.map(([name]) => name),
    ["tasks"],
    findings,
  );
  for (const [name, task] of tasks) {
    const path = ["tasks", name];
    checkName(name, path, findings, true);
    checkParameters(contract, member(task, "args"), [...path, "args"], findings);
    checkParameters(contract, member(task, "returns"), [...path, "returns"], findings);
    checkVariadic(itemsOf(member(task, "args")), [...path, "args"], findings);
    checkVersions(contract, name, path, findings);
    checkPolicy(member(task, "policy"), [...path, "policy"], findings);
  }
}

function checkParameters(contract: unknown, parameters: unknown, path: Path, findings: Findings): void {
  const seen = new Map<string, Path>();
  for (const [index, parameter] of itemsOf(parameters).entries()) {
    const name = member(parameter, "name");
    const type = member(parameter, "type");
    const at = [...path, index, "name"];
    if (typeof name === "string") {
      checkName(name, at, findings);
      const first = seen.get(name);
      if (first !== undefined) {
        const message = `${quote(name)} is the name of another one here, in line ${findings.lineOf(first)}.`;
        findings.error("ERR_NAME_COLLISION", at, { message, hint: "Rename one of them." });
      }
      seen.set(name, at);
    }
    if (isObject(type)) checkObjectType(contract, member(type, "$ref"), [...path, index, "type", "$ref"], findings);
  }
}

/** An argument or result is an object as a whole: what Go decodes into a struct or a map. */
function checkObjectType(contract: unknown, reference: unknown, path: Path, findings: Findings): void {
  const name = checkReference(contract, reference, path, findings);
  if (name === undefined) return;
  const type = member(member(member(contract, "$defs"), name), "type");
  if (type === undefined || type === "object") return;
  findings.error("ERR_TYPE", path, {
    message: `${name} is of type ${quote(type)}; only an object type can be an argument or a result.`,
    hint: "Use a Go type here, or put the value into a field of an object type.",
  });
}

function checkVariadic(args: readonly unknown[], path: Path, findings: Findings): void {
  for (const [index, arg] of args.entries()) {
    if (member(arg, "variadic") !== true) continue;
    const at = [...path, index, "variadic"];
    const type = member(arg, "type");
    if (index !== args.length - 1) {
      findings.error("ERR_VARIADIC", at, {
        message: "Only the last argument may be variadic, as in Go.",
        hint: "Move it to the end.",
      });
    } else if (isObject(type)) {
      findings.error("ERR_VARIADIC", at, {
        message: "A structured argument cannot be variadic: nothing on the wire would say where one ends.",
        hint: "Put an array into one object.",
      });
    }
  }
}

/** Each older version is a signature as well, and its migration a function beside the handlers. */
function checkVersions(contract: unknown, name: string, path: Path, findings: Findings): void {
  const tasks = member(contract, "tasks");
  for (const [index, version] of itemsOf(member(member(tasks, name), "versions")).entries()) {
    const at = [...path, "versions", index];
    checkParameters(contract, member(version, "args"), [...at, "args"], findings);
    checkParameters(contract, member(version, "returns"), [...at, "returns"], findings);
    checkVariadic(itemsOf(member(version, "args")), [...at, "args"], findings);
    const migration = migrationName(name, index + 1);
    if (member(tasks, migration) === undefined) continue;
    findings.error("ERR_NAME_COLLISION", ["tasks", migration], {
      message: `${quote(migration)} is also what brings arguments of ${name} from version ${index + 1} to ${index + 2} (line ${findings.lineOf(at)}).`,
      hint: "Rename the task.",
      atKey: true,
    });
  }
}

const second = 1_000;
const hour = 3_600 * second;
/** The longest time that a timer can wait: 2^31 - 1 milliseconds. */
const longestTimer = 2 ** 31 - 1;

function checkPolicy(policy: unknown, path: Path, findings: Findings): void {
  const retry = [...path, "retry", "timeout"];
  checkSeconds(member(member(policy, "retry"), "timeout"), retry, "Machinery counts it in seconds", 24 * hour, findings);
  checkSeconds(
    member(policy, "result_ttl"),
    [...path, "result_ttl"],
    "result backends count it in seconds",
    87_600 * hour,
    findings,
  );
  const timeout = parseDuration(member(policy, "timeout"));
  if (timeout !== undefined && timeout > longestTimer) {
    findings.error("ERR_DURATION", [...path, "timeout"], {
      message: "A timeout is 24 days at most.",
      hint: "Make it shorter, or leave it out.",
    });
  }
  checkQueue(member(policy, "queue"), [...path, "queue"], findings);
  checkServedByGo(policy, path, findings);
}

/** What only the workers of this library follow. */
const ofOurWorkers = ["run", "timeout", "result_ttl"];

function checkServedByGo(policy: unknown, path: Path, findings: Findings): void {
  if (member(policy, "served_by") === undefined) return;
  for (const key of ofOurWorkers) {
    if (member(policy, key) === undefined) continue;
    findings.warning("ERR_SERVED_BY", [...path, key], {
      message: `A worker of Go Machinery, which runs this task, does not follow ${quote(key)}.`,
      hint: "Remove it, or served_by.",
      atKey: true,
    });
  }
}

function checkSeconds(duration: unknown, path: Path, reason: string, longest: number, findings: Findings): void {
  const ms = parseDuration(duration);
  if (ms === undefined) return;
  if (ms % second !== 0) {
    findings.error("ERR_DURATION", path, {
      message: `${quote(duration)} is no whole number of seconds: ${reason}.`,
      hint: 'Use "1s" or more.',
    });
  } else if (ms > longest) {
    findings.error("ERR_DURATION", path, {
      message: `${quote(duration)} is longer than ${longest / hour} hours.`,
      hint: "Make it shorter.",
    });
  }
}

function checkQueue(queue: unknown, path: Path, findings: Findings): void {
  if (typeof queue !== "string") return;
  if (queue === "delayed_tasks" || queue.startsWith("delay.")) {
    findings.error("ERR_QUEUE_NAME", path, {
      message: `Machinery keeps delayed tasks under ${quote(queue)}.`,
      hint: "Choose another name.",
    });
  } else if (Buffer.byteLength(queue) > 255) {
    findings.error("ERR_QUEUE_NAME", path, { message: "The queue's name has more than 255 bytes.", hint: "Choose a shorter one." });
  }
}
