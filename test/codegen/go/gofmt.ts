import { spawn } from "node:child_process";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { findGo } from "../../services/go.js";

/** What gofmt makes of a file's text; rejects where that is no Go. */
export async function gofmt(source: string): Promise<string> {
  const go = await findGo();
  const child = spawn(join(dirname(go!), "gofmt"), [], { stdio: "pipe" });
  child.stdin.end(source);
  const [formatted, complaints, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  if (code !== 0) throw new Error(complaints);
  return formatted;
}
