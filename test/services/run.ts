// What `npm test` runs: AVA, with the servers that its test files ask for. `node dist/test/services/run.js [AVA's arguments]`
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { buildGoMachinery } from "../interop/toolchain.js";
import { installChromium } from "./chromium.js";
import { isContinuousIntegration } from "./ci.js";
import { ClosingLines } from "./closing-lines.js";
import { Desk } from "./desk.js";
import { endAll, ownLeash } from "./leash.js";
import { pairTable, reportTable } from "./table.js";

const avaProgram = fileURLToPath(new URL("../../../node_modules/ava/entrypoints/cli.mjs", import.meta.url));

async function run(args: readonly string[]): Promise<number> {
  const desk = await Desk.open();
  // AVA gives up on tests that show nothing for a while, so that what takes long comes first.
  if (args.length === 0)
    await Promise.all([desk.startAll(), buildGoMachinery().catch(() => {}), installChromium().catch(() => {})]);
  const isTerminal = process.stdout.isTTY;
  const ava = spawn(process.execPath, [avaProgram, ...args], {
    stdio: ["inherit", isTerminal ? "inherit" : "pipe", "inherit"],
    env: { ...process.env, MACHINERY_TEST_SERVICES: desk.address },
  });
  ownLeash().hold(ava.pid!);
  passSignalsTo(ava);
  const lines = new ClosingLines();
  ava.stdout?.pipe(lines).pipe(process.stdout, { end: false });
  const [code] = await once(ava, isTerminal ? "exit" : "close");
  ownLeash().release(ava.pid!);
  const report = await desk.report();
  process.stdout.write(`${reportTable(report)}${pairTable(desk.pairs)}${lines.closing}`);
  desk.close();
  const isMissing = isContinuousIntegration() && [...report.values()].some(({ service }) => service && !("service" in service));
  return code !== 0 ? (code ?? 1) : isMissing ? 1 : 0;
}

function passSignalsTo(ava: ChildProcess): void {
  // A terminal's Ctrl-C reaches AVA without us.
  process.on("SIGINT", () => {});
  for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, () => ava.kill(signal));
}

process.exitCode = await run(process.argv.slice(2));
await endAll();
