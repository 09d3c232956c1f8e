import { type Command, Option } from "commander";
import { withCodegen } from "../generator.js";
import { Project } from "../project.js";
import { against } from "./breaking.js";

interface Options {
  readonly against: string;
  readonly contract?: string;
  readonly format: "text" | "json";
}

export function addDiff(program: Command): void {
  program
    .command("diff")
    .summary("write down how a contract has changed, and the version it amounts to")
    .description(
      "Compares a contract with another state of it, and prints the changes as a section of a changelog, in Markdown, with the part of " +
        "the version (Semantic Versioning) that is to be raised.",
    )
    .requiredOption("--against <what>", against)
    .option("--contract <file>", "the contract (default: schema/tasks.yaml)")
    .addOption(new Option("--format <format>", "how to print it").choices(["text", "json"]).default("text"))
    .addHelpText("after", "\nExamples:\n  $ machinery diff --against v1.4.0\n  $ machinery diff --against npm:@team/math@latest")
    .action(async ({ against, contract: given, format }: Options) => {
      const contract = given ?? (await Project.read()).paths.contract;
      await withCodegen(async (codegen) => {
        const report = await codegen.breaking({ against, ...(contract !== undefined && { contract }) });
        process.stdout.write(format === "json" ? `${JSON.stringify(report, undefined, 2)}\n` : codegen.changelog(report));
      });
    });
}
