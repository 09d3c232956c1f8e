import { type ExportDocumentOptions, exportDocument } from "./export-document.js";
import type { GenerateReport } from "./generate.js";
import { htmlDocument } from "./html/document.js";

/**
 * Writes a contract as a page to read, or with `check` tells how what is there differs from it.
 *
 * @throws ContractError if the contract has errors, all of them in one
 * @throws GenerateError `ERR_OUTPUT` for a file of another kind, and as `generate` does
 */
export function exportHtml(options: ExportDocumentOptions): Promise<GenerateReport> {
  return exportDocument(options, [".html"], htmlDocument);
}
