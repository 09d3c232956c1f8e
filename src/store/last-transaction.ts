import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/*
 * Every process that opens an environment sets the number of its last transaction, which all share, to what it has read from the file
 * a moment before. A transaction that was committed in that moment is then overwritten by the next one: lost. (OpenLDAP's ITS#9496,
 * mended in LMDB in 2021, but not in the copy that the package lmdb is built from, as of 3.5.6.) So whoever writes looks first, under
 * the writers' lock, whether the number is right, and if not sets it right: by opening the file once more while nobody can write. A
 * process may open a file once only, so that another one has to do it.
 */

const reopen = fileURLToPath(new URL("./reopen.js", import.meta.url));

/** Sets the number right; for whoever holds the writers' lock. Takes as long as a process takes to start. */
export function setLastTransaction(folder: string): void {
  const env = { ...process.env, NODE_OPTIONS: "" };
  execFileSync(process.execPath, [reopen, folder], { env, stdio: "ignore", timeout: 30_000 });
}
