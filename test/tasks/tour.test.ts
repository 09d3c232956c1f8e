import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import test from "ava";
import { decode } from "fast-png";
import { bare } from "../cli/command.js";
import { temporaryFolder } from "../services/temporary-folder.js";

test("npm start's tour comes to its end, and leaves a picture", async (t) => {
  const cwd = await temporaryFolder(t);
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [resolve("dist/tasks/tour.js")], { cwd, env: bare() });
  t.is(stderr, "");
  t.regex(stdout, /^ {2}add\(1, 1\) = 2 \(PENDING → RECEIVED → STARTED → SUCCESS\)$/m);
  t.regex(stdout, /^ {2}count_primes\(20000000\) = 1270607$/m);
  t.regex(stdout, /^ {2}on 1 thread = \d+\.\d s$/m);
  t.true(stdout.endsWith("\n  It is in mandelbrot.png.\n"));
  const { width, height, data } = decode(await readFile(join(cwd, "mandelbrot.png")));
  t.deepEqual([width, height], [960, 640]);
  t.true(new Set(data).size > 100);
});
