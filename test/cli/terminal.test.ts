import { open } from "node:fs/promises";
import { WriteStream } from "node:tty";
import test from "ava";
import { paint, printable } from "../../src/cli/terminal.js";

/** A stream that leads to a terminal, a new pseudo-terminal. */
async function terminal(t: { teardown(fn: () => unknown): void }): Promise<WriteStream> {
  const file = await open("/dev/ptmx", "r+");
  t.teardown(() => file.close());
  // Not `new WriteStream`, which would own the file too.
  return Object.assign(Object.create(WriteStream.prototype), { fd: file.fd, isTTY: true });
}

test.serial("colours are for terminals, unless NO_COLOR is set", async (t) => {
  const { NO_COLOR, FORCE_COLOR, TERM, CI } = process.env;
  t.teardown(() => {
    for (const [name, value] of Object.entries({ NO_COLOR, FORCE_COLOR, TERM, CI })) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });
  const stream = await terminal(t);
  delete process.env.NO_COLOR;
  delete process.env.FORCE_COLOR;
  // Node takes the terminal of a CI for one without colours.
  delete process.env.CI;
  process.env.TERM = "xterm-256color";
  t.is(paint(stream, "red", "error:"), "\u001b[31merror:\u001b[39m");
  process.env.NO_COLOR = "1";
  t.is(paint(stream, "red", "error:"), "error:");
  delete process.env.NO_COLOR;
  process.env.TERM = "dumb";
  t.is(paint(stream, "red", "error:"), "error:");
  t.is(paint({ isTTY: false } as WriteStream, "red", "error:"), "error:");
});

test("a result cannot steer the terminal it is shown on, and is exact anywhere else", async (t) => {
  const text = "a\u001b[2J\u0007\u009b1m\tb\nö";
  t.is(printable(text, await terminal(t)), "a\\x1b[2J\\x07\\x9b1m\tb\nö");
  t.is(printable(text, { isTTY: false } as WriteStream), text);
});
