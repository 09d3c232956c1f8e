import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { ownLeash } from "./leash.js";

/** Debian starts the services that it installs, unless this program says no. */
const POLICY = "/usr/sbin/policy-rc.d";
const DENIAL = "#!/bin/sh\n# Written by the tests of machinery-ts, while they install servers.\nexit 101\n";

let updated: Promise<void> | undefined;
let last: Promise<unknown> = Promise.resolve();

/** Installs a Debian package where this is Debian and the user may; whether it did. */
export async function installPackage(name: string): Promise<boolean> {
  if (!existsSync("/etc/debian_version") || process.getuid?.() !== 0) return false;
  updated ??= aptGet("update");
  await updated;
  // One after the other: apt-get locks.
  const installed = last.then(() => install(name));
  last = installed.catch(() => {});
  await installed;
  return true;
}

async function install(name: string): Promise<void> {
  process.stderr.write(`Installing ${name} with apt-get\n`);
  const isOurs = !existsSync(POLICY);
  if (isOurs) {
    ownLeash().runAtEnd(`grep -qs machinery-ts ${POLICY} && rm ${POLICY}`);
    await writeFile(POLICY, DENIAL, { mode: 0o755 });
  }
  try {
    await aptGet("install", "--yes", "--no-install-recommends", name);
  } finally {
    if (isOurs) await rm(POLICY);
  }
}

async function aptGet(...args: string[]): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const child = spawn("apt-get", ["--quiet=2", ...args], { stdio: ["ignore", "ignore", "inherit"], env });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`apt-get ${args.join(" ")} ended with ${code}`);
}
