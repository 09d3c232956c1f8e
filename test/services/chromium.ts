import { installPackage } from "./apt.js";
import { findProgram } from "./program.js";

/** A browser that speaks Chrome's DevTools protocol, or `undefined` where there is none. */
export async function findChromium(): Promise<string | undefined> {
  for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
    const program = await findProgram(name);
    if (program !== undefined) return program;
  }
  return undefined;
}

/** Installs it where this is Debian and the user may. */
export async function installChromium(): Promise<void> {
  if ((await findChromium()) === undefined) await installPackage("chromium");
}
