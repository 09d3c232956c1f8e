import { type Command, Option } from "commander";
import { withCodegen } from "../generator.js";
import { Project } from "../project.js";

interface Options {
  readonly against: string;
  readonly contract?: string;
  readonly level: "WIRE" | "GO_WIRE" | "SOURCE" | "POLICY";
  readonly format: "text" | "json" | "github";
}

export const against = "what to compare with: a tag, branch or commit of git, a file, a folder, or npm:package@version";

export function addBreaking(program: Command): void {
  program
    .command("breaking")
    .summary("tell what a change of the contract breaks")
    .description(
      "Compares a contract with another state of it, and tells each change: what it breaks, which way it flows, and whether workers or " +
        "senders are to be deployed first. Exits with 1 if one is at or above the level; a contract that was `unstable` is let pass.",
    )
    .requiredOption("--against <what>", against)
    .option("--contract <file>", "the contract (default: schema/tasks.yaml)")
    .addOption(
      new Option("--level <level>", "what to fail for: this, and what is more severe")
        .choices(["WIRE", "GO_WIRE", "SOURCE", "POLICY"])
        .default("POLICY"),
    )
    .addOption(new Option("--format <format>", "how to print it").choices(["text", "json", "github"]).default("text"))
    .addHelpText(
      "after",
      `
Levels, the most severe first:
  WIRE     older senders and newer workers of this library do not understand each other
  GO_WIRE  workers of Go Machinery, which bind arguments by the names of their types, do not
  SOURCE   code that is built against the generated TypeScript or Go may no longer compile
  POLICY   tasks are run in another way: another queue, a shorter time-out
REFERENCE.md has all the rules.

Examples:
  $ machinery breaking --against v1.4.0
  $ machinery breaking --against origin/main --format github      in continuous integration
  $ machinery breaking --against npm:@team/math@1.2.0 --level WIRE`,
    )
    .action(async ({ against, contract: given, level, format }: Options) => {
      const contract = given ?? (await Project.read()).paths.contract;
      await withCodegen(async (codegen) => {
        const report = await codegen.breaking({ against, ...(contract !== undefined && { contract }) });
        process.stdout.write(codegen.formatBreaking(report, level, format));
        if (codegen.isBroken(report, level)) process.exitCode = 1;
      });
    });
}
