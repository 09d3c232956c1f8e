import { execFile } from "node:child_process";

/** What a program has printed, or why it could not. */
export type Outcome =
  | { readonly output: Buffer }
  | { readonly output?: undefined; readonly code: string | number | undefined; readonly stderr: string };

const maxOutput = 64 * 1024 * 1024;

/** Runs a program of the system, without a shell. Never rejects. */
export function run(program: string, args: readonly string[], cwd: string): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(program, args, { cwd, encoding: "buffer", maxBuffer: maxOutput, windowsHide: true }, (error, stdout, stderr) => {
      if (error === null) resolve({ output: stdout });
      else resolve({ code: error.code ?? undefined, stderr: stderr.toString().trim() });
    });
  });
}
