import type { Command } from "commander";
import { runCodegen } from "../generator.js";
import { Project } from "../project.js";

interface Options {
  readonly contract?: string;
  readonly out?: string;
  readonly validators?: readonly string[];
  readonly arbitraries?: boolean;
  readonly check?: boolean;
}

export function addGenerate(program: Command): void {
  program
    .command("generate")
    .summary("generate the code of a contract")
    .description(
      "Generates senders, task builders, validators and the dispatch table from a contract, and removes generated files that are " +
        "no longer part of it. Files that would not change are not touched.",
    )
    .option("--contract <file>", "the contract (default: schema/tasks.yaml)")
    .option("--out <folder>", "where generated files go (default: generated)")
    .option("--validators <folder...>", "make validators of the plain JSON Schemas in these folders as well")
    .option("--arbitraries", "make arbitraries for property tests as well, for which the project has fast-check")
    .option("--check", "write nothing; print how the files differ from the contract, and exit with 1 if they do")
    .addHelpText(
      "after",
      `
Defaults may stand in package.json: "machinery": { "contract": …, "out": …, "validators": […], "arbitraries": true }.

Examples:
  $ machinery generate
  $ machinery generate --contract contracts/images.yaml --out src/generated
  $ machinery generate --check            in continuous integration`,
    )
    .action(async ({ check = false, ...given }: Options) => {
      const { contract, out, validators, arbitraries } = { ...(await Project.read()).paths, ...given };
      await runCodegen((codegen) =>
        codegen.generate({
          check,
          ...(arbitraries !== undefined && { arbitraries }),
          ...(contract !== undefined && { contract }),
          ...(out !== undefined && { out }),
          ...(validators !== undefined && { validators }),
        }),
      );
    });
}
