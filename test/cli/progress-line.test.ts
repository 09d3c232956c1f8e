import { PassThrough } from "node:stream";
import { setImmediate } from "node:timers/promises";
import test from "ava";
import { ProgressLine } from "../../src/cli/progress-line.js";
import { TaskState } from "../../src/results/task-state.js";

const started = new TaskState("task_1", "add", "STARTED", null, "", "");

/** A stream, and what has been written to it. */
function stream(isTTY: boolean) {
  const out = new PassThrough({ encoding: "utf8" });
  const one = Object.assign(out, { isTTY, columns: 80, hasColors: () => false }) as unknown as NodeJS.WriteStream;
  return { stream: one, written: (): string => String(out.read() ?? "") };
}

test("no terminal: a line for each state, and one for each tenth of the way", (t) => {
  const { stream: out, written } = stream(false);
  const line = new ProgressLine(out);
  line.state(started);
  for (let done = 0; done <= 40; done++) line.progress({ done, total: 40 });
  line.state(started);
  line.progress({ done: 1, total: 7 });
  line.stop();
  const percents = [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100];
  t.is(written(), ["STARTED", ...percents.map((percent) => `${percent} %`), "STARTED", "14 %", ""].join("\n"));
});

test("a terminal: a bar, which is gone when the next state comes", async (t) => {
  const { stream: out, written } = stream(true);
  const line = new ProgressLine(out);
  line.state(started);
  line.progress({ done: 1, total: 4 });
  // The bar is loaded with the first progress.
  let drawn = "";
  while (!drawn.includes("%")) {
    await setImmediate();
    drawn += written();
  }
  t.regex(drawn, /^STARTED\n[\s\S]*█+░+.* 25 %/);
  line.progress({ done: 4, total: 4 });
  line.state(started);
  const rest = written();
  t.true(rest.endsWith("STARTED\n"));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  t.regex(rest, /\u001b\[\d?K/);
  line.stop();
  t.is(written(), "");
});
