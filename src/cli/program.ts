import { readFileSync } from "node:fs";
import { Command } from "commander";
import { addBreaking } from "./commands/breaking.js";
import { addCancel } from "./commands/cancel.js";
import { addDead } from "./commands/dead.js";
import { addDiff } from "./commands/diff.js";
import { addDoctor } from "./commands/doctor.js";
import { addExport } from "./commands/export.js";
import { addFormat } from "./commands/format.js";
import { addGenerate } from "./commands/generate.js";
import { addInit } from "./commands/init.js";
import { addLint } from "./commands/lint.js";
import { addPack } from "./commands/pack.js";
import { addDelayed, addPending } from "./commands/pending.js";
import { addPurge } from "./commands/purge.js";
import { addResult } from "./commands/result.js";
import { addSend } from "./commands/send.js";
import { addSkew } from "./commands/skew.js";
import { addWorker } from "./commands/worker.js";
import { exitCodes, report } from "./exit.js";

/** As the help lists them. */
const commands = [
  addInit,
  addGenerate,
  addExport,
  addLint,
  addFormat,
  addBreaking,
  addDiff,
  addPack,
  addWorker,
  addSend,
  addResult,
  addCancel,
  addPending,
  addDelayed,
  addDead,
  addPurge,
  addSkew,
  addDoctor,
];

const intro = `Machinery, the Go task queue, in TypeScript: declare tasks in a contract, send them, run them.

A first round, in an empty folder:
  $ npx machinery-ts init
  $ npm install && npm run build
  $ npx machinery worker              in one terminal
  $ npx machinery send add 1 2 --wait in another`;

const outro = `
Exit codes:
${exitCodes.map(([code, meaning]) => `  ${code.padEnd(8)} ${meaning}`).join("\n")}

Results go to stdout, everything else to stderr; colours only to a terminal, and not if NO_COLOR is set.`;

/** Runs the command line; the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const program = new Command("machinery")
    .description(intro)
    .version(version(), "-V, --version")
    .option("--verbose", "show the stack of an error")
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError("Add --help for how it is used.")
    .addHelpText("after", outro)
    .exitOverride();
  for (const add of commands) add(program);
  try {
    await program.parseAsync(args, { from: "user" });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    return report(error, program.opts<{ verbose?: boolean }>().verbose);
  }
}

function version(): string {
  const manifest = readFileSync(new URL("../../../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}
