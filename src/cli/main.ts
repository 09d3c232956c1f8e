#!/usr/bin/env node
import { run } from "./program.js";

// Whoever reads the output may have seen enough of it (`machinery pending | head`).
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit();
  throw error;
});

const code = await run(process.argv.slice(2));
// What the project's own modules have opened, connections and timers, ends with the command; what it has printed is out by then.
process.stdout.write("", () => process.stderr.write("", () => process.exit(code)));
