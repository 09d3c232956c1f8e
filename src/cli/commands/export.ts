import { type Command, Option } from "commander";
import { runCodegen } from "../generator.js";
import { Project } from "../project.js";

interface Options {
  readonly out: string;
  readonly contract?: string;
  readonly check?: boolean;
}

interface GoOptions extends Options {
  readonly machinery: "v1" | "v2";
}

interface AsyncApiOptions extends Options {
  readonly apiVersion?: string;
}

export function addExport(program: Command): void {
  const exports = program
    .command("export")
    .summary("write a contract for other languages, tools and people")
    .description(
      "Writes the tasks of a contract as code of another language, as a schema that other tools read, or as a page for people.",
    );
  addGo(exports);
  addAsyncApi(exports);
  addJsonSchema(exports);
  addHtml(exports);
}

function addGo(exports: Command): void {
  withCommon(exports.command("go"), "<folder>", "the folder of the Go package, inside the project")
    .summary("a typed Go package for Go Machinery")
    .description(
      "Writes a Go package for senders and workers that use Go Machinery: for each task a function that sends it and one that makes a " +
        "signature of it, the interface of handlers, and their registration. It is formatted as gofmt does it.",
    )
    .addOption(new Option("--machinery <version>", "the major version of Go Machinery").choices(["v1", "v2"]).default("v2"))
    .addHelpText("after", examples("export go --out go/tasks", "export go --out go/tasks --check     in continuous integration"))
    .action(async ({ machinery, ...options }: GoOptions) => {
      const common = await commonOptions(options);
      await runCodegen((codegen) => codegen.exportGo({ ...common, machinery }));
    });
}

function addAsyncApi(exports: Command): void {
  withCommon(exports.command("asyncapi"), "<file>", "the document, YAML or JSON by its name, inside the project")
    .summary("an AsyncAPI 3.0 document")
    .description(
      "Describes queues, messages and results of a contract's tasks as AsyncAPI 3.0, from the workers' side, for the tools that read it.",
    )
    .option("--api-version <version>", "the version of the contract (default: that of package.json, or 0.0.0)")
    .addHelpText("after", examples("export asyncapi --out docs/asyncapi.yaml"))
    .action(async ({ apiVersion, ...options }: AsyncApiOptions) => {
      const common = await commonOptions(options);
      await runCodegen((codegen) =>
        codegen.exportAsyncApi({ ...common, ...(apiVersion !== undefined && { version: apiVersion }) }),
      );
    });
}

function addJsonSchema(exports: Command): void {
  withCommon(exports.command("jsonschema"), "<file>", "the document, inside the project")
    .summary("a JSON Schema of the messages")
    .description(
      "Writes a JSON Schema 2020-12 of all messages of a contract, with the structured types and each task's message and state.",
    )
    .addHelpText("after", examples("export jsonschema --out docs/tasks.schema.json"))
    .action(async (options: Options) => {
      const common = await commonOptions(options);
      await runCodegen((codegen) => codegen.exportJsonSchema(common));
    });
}

function addHtml(exports: Command): void {
  withCommon(exports.command("html"), "<file>", "the page, inside the project")
    .summary("a page to read")
    .description(
      "Writes a contract as a page: each task with its arguments and results in TypeScript and Go, its policy, how it is sent and what " +
        "it looks like on the wire. It is one file, which loads nothing.",
    )
    .addHelpText("after", examples("export html --out docs/tasks.html"))
    .action(async (options: Options) => {
      const common = await commonOptions(options);
      await runCodegen((codegen) => codegen.exportHtml(common));
    });
}

function withCommon(command: Command, value: string, out: string): Command {
  return command
    .requiredOption(`--out ${value}`, out)
    .option("--contract <file>", "the contract (default: schema/tasks.yaml)")
    .option("--check", "write nothing; print how the files differ from the contract, and exit with 1 if they do");
}

function examples(...lines: readonly string[]): string {
  return ["", lines.length === 1 ? "Example:" : "Examples:", ...lines.map((line) => `  $ machinery ${line}`)].join("\n");
}

async function commonOptions({ check = false, out, contract: given }: Options) {
  const contract = given ?? (await Project.read()).paths.contract;
  return { check, out, ...(contract !== undefined && { contract }) };
}
