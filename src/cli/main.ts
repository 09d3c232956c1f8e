#!/usr/bin/env node
import { run } from "./program.js";

// Whoever reads the output may have seen enough of it (`machinery pending | head`).
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit();
  throw error;
});

process.exitCode = await run(process.argv.slice(2));
