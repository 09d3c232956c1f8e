import { type Command, Option } from "commander";
import { runCodegen } from "../generator.js";
import { Project } from "../project.js";

interface GoOptions {
  readonly out: string;
  readonly contract?: string;
  readonly machinery: "v1" | "v2";
  readonly check?: boolean;
}

export function addExport(program: Command): void {
  program
    .command("export")
    .summary("write a contract for another language")
    .description("Writes the tasks of a contract as code of another language, whose programs share the queue.")
    .command("go")
    .summary("a typed Go package for Go Machinery")
    .description(
      "Writes a Go package for senders and workers that use Go Machinery: for each task a function that sends it and one that makes a " +
        "signature of it, the interface of handlers, and their registration. It is formatted as gofmt does it.",
    )
    .requiredOption("--out <folder>", "the folder of the Go package, inside the project")
    .option("--contract <file>", "the contract (default: schema/tasks.yaml)")
    .addOption(new Option("--machinery <version>", "the major version of Go Machinery").choices(["v1", "v2"]).default("v2"))
    .option("--check", "write nothing; print how the files differ from the contract, and exit with 1 if they do")
    .addHelpText(
      "after",
      `
Examples:
  $ machinery export go --out go/tasks
  $ machinery export go --out go/tasks --check     in continuous integration`,
    )
    .action(async ({ check = false, out, machinery, contract: given }: GoOptions) => {
      const contract = given ?? (await Project.read()).paths.contract;
      await runCodegen((codegen) => codegen.exportGo({ check, out, machinery, ...(contract !== undefined && { contract }) }));
    });
}
