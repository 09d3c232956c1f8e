import type { Command } from "commander";
import { runCodegen } from "../generator.js";
import { Project } from "../project.js";

interface Options {
  readonly out: string;
  readonly contract?: string;
  readonly check?: boolean;
}

export function addPack(program: Command): void {
  program
    .command("pack")
    .summary("make an npm package of a contract, for others to send its tasks")
    .description(
      "Makes an npm package of a contract: types, senders, task builders, validators, and the contract itself, as JavaScript and " +
        "declarations that need no compiler. It has no handlers and no worker code; the tasks run wherever workers with the same contract do. " +
        "License, author and repository are those of the project's package.json.",
    )
    .argument("<name[@version]>", "the package: @team/math@1.2.0 (default: the version in package.json)")
    .option("--out <folder>", "the folder of the package, inside the project", "contract-package")
    .option("--contract <file>", "the contract (default: schema/tasks.yaml)")
    .option("--check", "write nothing; print how the files differ from the contract, and exit with 1 if they do")
    .addHelpText(
      "after",
      `
Examples:
  $ machinery pack @team/math@1.2.0
  $ npm publish ./contract-package`,
    )
    .action(async (id: string, { check = false, out, contract: given }: Options) => {
      const contract = given ?? (await Project.read()).paths.contract;
      const at = id.indexOf("@", 1);
      const [name, version] = at < 0 ? [id] : [id.slice(0, at), id.slice(at + 1)];
      await runCodegen((codegen) =>
        codegen.packContract({
          check,
          out,
          name: name!,
          ...(version !== undefined && { version }),
          ...(contract !== undefined && { contract }),
        }),
      );
    });
}
