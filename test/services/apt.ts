import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { ownLeash } from "./leash.js";

/** Debian starts the services that it installs, unless this program says no. */
const POLICY = "/usr/sbin/policy-rc.d";
const DENIAL = "#!/bin/sh\n# Written by the tests of machinery-ts, while they install servers.\nexit 101\n";

let updated: Promise<unknown> | undefined;
let last: Promise<unknown> = Promise.resolve();

/** Installs a Debian package where this is Debian and the user may; whether it did. */
export async function installPackage(name: string): Promise<boolean> {
  if (!mayInstall()) return false;
  await update();
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

/** The version of a package that apt-get would install, such as `2:1.24~2`. */
export async function candidateVersion(name: string): Promise<string | undefined> {
  if (!mayInstall()) return undefined;
  await update();
  const { stdout } = await promisify(execFile)("apt-cache", ["policy", name]);
  return /^ {2}Candidate: (\d.*)$/m.exec(stdout)?.[1];
}

/** Whether this is Debian and the user may. */
const mayInstall = () => existsSync("/etc/debian_version") && process.getuid?.() === 0;

function update(): Promise<unknown> {
  updated ??= aptGet("update");
  return updated;
}

/** @throws Error what apt-get complains of */
function aptGet(...args: string[]): Promise<unknown> {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  return promisify(execFile)("apt-get", ["--quiet=2", ...args], { env, maxBuffer: 2 ** 24 });
}
