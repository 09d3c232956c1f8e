import test from "ava";
import { ClosingLines } from "./closing-lines.js";

test("what follows the last line drawn is held back", async (t) => {
  const lines = new ClosingLines();
  let passed = "";
  lines.on("data", (text) => (passed += text));
  for (const text of ["\n  ✔ one\n  ✘ two\n", "  ─\n\n  two\n  Erro", "r\n\u001b[90m  ─\u001b[39m\n\n  1 test", " failed\n"])
    lines.write(text);
  lines.end();
  await new Promise((resolve) => lines.once("end", resolve));
  t.is(passed, "\n  ✔ one\n  ✘ two\n  ─\n\n  two\n  Error\n");
  t.is(lines.closing, "\u001b[90m  ─\u001b[39m\n\n  1 test failed\n");
});

test("where no line was drawn, nothing is held back but half a line", async (t) => {
  const lines = new ClosingLines();
  let passed = "";
  lines.on("data", (text) => (passed += text));
  lines.end("  ✘ Couldn’t find any files to test\n\nhalf");
  await new Promise((resolve) => lines.once("end", resolve));
  t.is(passed + lines.closing, "  ✘ Couldn’t find any files to test\n\nhalf");
});
