import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { temporaryFolder } from "./temporary-folder.js";

/** Paths of PEM files. */
export interface Certificate {
  /** It is its own authority: who trusts it names it as `ca`. */
  readonly cert: string;
  readonly key: string;
}

/**
 * Makes a certificate with openssl; it is gone when this process is.
 *
 * @param hosts whom it is for, as openssl wants it
 */
export async function makeCertificate(hosts = "DNS:localhost,IP:127.0.0.1"): Promise<Certificate> {
  const folder = await temporaryFolder();
  const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  const kind = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"];
  const names = ["-subj", "/CN=localhost", "-addext", `subjectAltName=${hosts}`];
  await promisify(execFile)("openssl", ["req", ...kind, ...names, "-keyout", key, "-out", cert]);
  return { cert, key };
}
