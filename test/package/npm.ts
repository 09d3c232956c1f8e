import { execFile } from "node:child_process";
import { promisify } from "node:util";

/**
 * Runs npm as a user in `cwd` would: without what the npm that runs the tests, or the test runner, has put into the environment.
 *
 * @returns what it prints on stdout
 */
export async function npm(cwd: string, ...args: string[]): Promise<string> {
  const inherited = /^(?:npm_(?:lifecycle|package|command|execpath)|npm_config_local_prefix$|NODE_ENV$|INIT_CWD$)/i;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !inherited.test(name)));
  const { stdout } = await promisify(execFile)("npm", args, { cwd, env, maxBuffer: 16 * 1024 * 1024 });
  return stdout;
}
