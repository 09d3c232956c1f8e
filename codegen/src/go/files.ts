import type { GeneratedFiles } from "../generate-files.js";
import { goHeader } from "../header.js";
import type { Model } from "../model.js";
import { handlersFile } from "./handlers.js";
import { withImports } from "./imported.js";
import type { GoLibrary } from "./library.js";
import { Declarations, packageName } from "./names.js";
import { sendersFile } from "./senders.js";
import { goComment } from "./text.js";
import { typesFile } from "./types.js";

/** The files that a contract gives, at most. */
export const goContractFiles = ["handlers.go", "senders.go", "types.go"];

/**
 * A contract as a Go package over Go Machinery, formatted as gofmt does it. Pure: the same model gives the same bytes.
 *
 * @throws GenerateError `ERR_GO_NAME` where names that differ in the contract are one in Go
 */
export function goFiles(model: Model, library: GoLibrary): GeneratedFiles {
  const declarations = new Declarations();
  const whole = withImports(model);
  const files: [name: string, lines: readonly string[]][] = [
    [
      "handlers.go",
      handlersFile(
        withImports(model, ({ serve }) => serve),
        library,
        declarations,
      ),
    ],
    ["senders.go", sendersFile(whole, library, declarations)],
  ];
  if (whole.defs.length > 0) files.push(["types.go", typesFile(whole, declarations)]);
  const top = goHeader(model.source, model.hash);
  const name = packageName(model.package);
  const text = (lines: readonly string[], doc: readonly string[] = []) =>
    `${[top, ...doc, `package ${name}`, "", ...lines].join("\n")}\n`;
  return new Map(files.map(([path, lines], i) => [path, text(lines, i === 0 ? packageComment(name, whole) : [])]));
}

function packageComment(name: string, model: Model): string[] {
  return [
    ...goComment(
      `Package ${name} has the tasks of the contract "${model.package}" for Go Machinery: to send them, and to run them.`,
    ),
    ...(model.defs.length === 0
      ? []
      : [
          "//",
          ...goComment(
            "A structured argument or result is a string on the wire, which holds its JSON. It is not checked here against all that the contract says of it; the workers of machinery-ts do that. A list that is not optional must not be nil, which would be null in JSON.",
          ),
        ]),
  ];
}
