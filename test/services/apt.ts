import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";

const POLICY = "/usr/sbin/policy-rc.d";

let last: Promise<unknown> = Promise.resolve();

/** Installs a Debian package, where this is Debian and the user may; whether it did. */
export async function installPackage(name: string): Promise<boolean> {
  if (!existsSync("/etc/debian_version") || process.getuid?.() !== 0) return false;
  // One after the other: apt-get locks.
  const installed = last.then(() => install(name));
  last = installed.catch(() => {});
  await installed;
  return true;
}

async function install(name: string): Promise<void> {
  process.stderr.write(`Installing ${name} with apt-get\n`);
  // Debian starts what it installs, unless this file says no.
  const isOurs = !existsSync(POLICY);
  if (isOurs) await writeFile(POLICY, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    await aptGet("update", "--quiet=2");
    await aptGet("install", "--quiet=2", "--yes", "--no-install-recommends", name);
  } finally {
    if (isOurs) await rm(POLICY);
  }
}

async function aptGet(...args: string[]): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const child = spawn("apt-get", args, { stdio: ["ignore", "ignore", "inherit"], env });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`apt-get ${args.join(" ")} ended with ${code}`);
}
