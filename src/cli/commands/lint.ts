import { type Command, Option } from "commander";
import { withCodegen } from "../generator.js";
import { Project } from "../project.js";

interface Options {
  readonly contract?: string;
  readonly format: "text" | "json" | "github";
}

export function addLint(program: Command): void {
  program
    .command("lint")
    .summary("tell what a contract would be better without")
    .description(
      "Looks at the names and descriptions of a contract, and for what is ambiguous or costly in it. Exits with 1 if it finds anything. " +
        "A comment `# lint off RULE: reason` lets a rule pass for what it stands before or beside, before the first key for all of it.",
    )
    .option("--contract <file>", "the contract (default: schema/tasks.yaml)")
    .addOption(new Option("--format <format>", "how to print it").choices(["text", "json", "github"]).default("text"))
    .addHelpText(
      "after",
      "\nREFERENCE.md has all the rules.\n\nExamples:\n  $ machinery lint\n  $ machinery lint --format github      in continuous integration",
    )
    .action(async ({ contract: given, format }: Options) => {
      const contract = given ?? (await Project.read()).paths.contract;
      await withCodegen(async (codegen) => {
        const report = await codegen.lint(contract === undefined ? {} : { contract });
        process.stdout.write(codegen.formatLint(report, format));
        if (report.findings.length > 0) process.exitCode = 1;
      });
    });
}
