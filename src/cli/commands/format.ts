import type { Command } from "commander";
import { withCodegen } from "../generator.js";
import { Project } from "../project.js";

interface Options {
  readonly contract?: string;
  readonly check?: boolean;
}

export function addFormat(program: Command): void {
  program
    .command("format")
    .summary("lay a contract out")
    .description(
      "Writes a contract in its one layout: two spaces a level, keys in the usual order, a blank line between tasks. Names, comments and " +
        "what is written in braces stay as they are.",
    )
    .option("--contract <file>", "the contract (default: schema/tasks.yaml)")
    .option("--check", "write nothing; print how the file differs from its layout, and exit with 1 if it does")
    .action(async ({ contract: given, check = false }: Options) => {
      const contract = given ?? (await Project.read()).paths.contract;
      await withCodegen(async (codegen) => {
        const { path, diff } = await codegen.formatContract({ check, ...(contract !== undefined && { contract }) });
        if (diff === "") return;
        process.stdout.write(check ? `${diff}${path} is not laid out. Run: machinery format\n` : `wrote ${path}\n`);
        if (check) process.exitCode = 1;
      });
    });
}
