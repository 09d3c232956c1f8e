import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import test from "ava";

const script = `
  const { crashPoint } = await import(${JSON.stringify(new URL("../../src/util/crash-point.js", import.meta.url).href)});
  for (const step of ["ran", "read", "ran", "acked"]) {
    crashPoint?.(step);
    console.log(step);
  }
`;

async function pass(crashAt: string | undefined) {
  const env = { ...process.env, ...(crashAt !== undefined && { MACHINERY_CRASH_AT: crashAt }) };
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], { env, stdio: ["ignore", "pipe", "pipe"] });
  const [printed, errors, [code, signal]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  return { printed: printed.trim().split("\n").join(" "), errors, code, signal };
}

test("a process dies at the n-th passing of its step, the first by default", async (t) => {
  t.like(await pass("ran:2"), { printed: "ran read", signal: "SIGKILL" });
  t.like(await pass("acked"), { printed: "ran read ran", signal: "SIGKILL" });
});

test("without a step it lives, and at one that it does not pass so often", async (t) => {
  t.like(await pass(undefined), { printed: "ran read ran acked", code: 0 });
  t.like(await pass("ran:3"), { printed: "ran read ran acked", code: 0 });
});

for (const wrong of ["running", "ran:0", "ran:1.5", "ran:x"]) {
  test(`${wrong} is refused`, async (t) => {
    const { errors, code } = await pass(wrong);
    t.is(code, 1);
    t.regex(errors, /\[ERR_CONFIG\] MACHINERY_CRASH_AT: .*The steps are claimed, read, /);
  });
}
