import { execFileSync } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";

/** A process as other processes can tell it: whether it still runs, and not merely another one with its number. */
export interface ProcessIdentity {
  /** Which run of the machine; empty where the system does not say. */
  readonly boot: string;
  /** Which set of process numbers (a container has its own); empty where there is but one. */
  readonly space: string;
  readonly pid: number;
  /** When the process started, in the system's own unit; empty where the system does not say. */
  readonly started: string;
}

let own: ProcessIdentity | undefined;

export function thisProcess(): ProcessIdentity {
  own ??= { boot: bootId(), space: pidSpace(), pid: process.pid, started: startOf(process.pid) ?? "" };
  return own;
}

/** True only if it is certain: a process that cannot be judged from here (another container's) counts as alive. */
export function isDead(other: ProcessIdentity): boolean {
  const self = thisProcess();
  if (other.boot !== self.boot) return other.boot !== "" && self.boot !== "";
  if (other.space !== self.space) return false;
  try {
    process.kill(other.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
  const started = startOf(other.pid);
  return started !== undefined && other.started !== "" && started !== other.started;
}

function bootId(): string {
  try {
    if (process.platform === "linux") return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    if (process.platform === "darwin") return execFileSync("sysctl", ["-n", "kern.bootsessionuuid"], { encoding: "utf8" }).trim();
  } catch {
    // A system without /proc or sysctl: the lease alone decides.
  }
  return "";
}

function pidSpace(): string {
  try {
    return process.platform === "linux" ? readlinkSync("/proc/self/ns/pid") : "";
  } catch {
    return "";
  }
}

/** Field 22 of /proc/<pid>/stat, counted from behind the command's name, which may hold blanks and brackets. A zombie is gone. */
function startOf(pid: number): string | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? "gone" : fields[19];
  } catch {
    return undefined;
  }
}
