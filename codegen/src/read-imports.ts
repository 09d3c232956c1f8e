import { realpath } from "node:fs/promises";
import { relative, sep } from "node:path";
import { ContractError, type Diagnostic, quote } from "./contract/diagnostics.js";
import type { Path } from "./contract/findings.js";
import { type ImportStatement, importStatements, joinImports, type ReadImport } from "./contract/imports.js";
import { type InspectedContract, inspectContract } from "./contract/load.js";
import { ImportProblem, type Located, locateImport } from "./contract/locate.js";
import { readContract } from "./contract/read.js";
import type { ImportedContract, JsonSchema } from "./model.js";

/** What came of a contract's imports; what is wrong with them stands in its findings. */
export interface ReadImports {
  readonly imports: readonly ImportedContract[];
  /** What is wrong in the imported files themselves. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads the contracts that a contract imports. What these import in turn is followed only to find a circle: it is no part of this
 * project, and need not be installed in it.
 *
 * @param file the contract, absolute
 */
export async function readImports(
  root: InspectedContract,
  file: string,
  projectDir: string,
  contractSchema: JsonSchema,
): Promise<ReadImports> {
  const reader = new ImportReader(root, await realpath(file), projectDir, contractSchema);
  return reader.read();
}

class ImportReader {
  readonly #root: InspectedContract;
  readonly #file: string;
  readonly #projectDir: string;
  readonly #contractSchema: JsonSchema;
  readonly #diagnostics: Diagnostic[] = [];
  /** Contracts from which no way leads back to the root. */
  readonly #seen = new Set<string>();

  constructor(root: InspectedContract, file: string, projectDir: string, contractSchema: JsonSchema) {
    this.#root = root;
    this.#file = file;
    this.#projectDir = projectDir;
    this.#contractSchema = contractSchema;
  }

  async read(): Promise<ReadImports> {
    const read: ReadImport[] = [];
    for (const statement of importStatements(this.#root.value)) {
      const contract = await this.#import(statement);
      if (contract !== undefined) read.push({ statement, contract });
    }
    return { imports: joinImports(this.#root, read), diagnostics: this.#diagnostics };
  }

  async #import(statement: ImportStatement): Promise<ReadImport["contract"] | undefined> {
    const { findings } = this.#root;
    const { path } = statement;
    const located = await this.#locate(statement);
    if (located === undefined) return undefined;
    let text: string;
    try {
      text = await readContract(located.file);
    } catch (error) {
      if (!(error instanceof ContractError)) throw error;
      const { message, hint } = error.diagnostics[0]!;
      findings.error("ERR_IMPORT_MISSING", path, { message: `${this.#named(located.file)}: ${message}`, hint });
      return undefined;
    }
    if (await this.#tellCycle(path, located, text, [this.#file])) return undefined;
    const shown = this.#named(located.file);
    const contract = inspectContract({ text, path: shown, contractSchema: this.#contractSchema });
    if (contract.model === undefined) {
      findings.error("ERR_IMPORT_BROKEN", path, {
        message: `The contract ${quote(shown)} has errors of its own.`,
        hint: "They are told with this one.",
      });
      this.#diagnostics.push(...contract.findings.diagnostics().filter(({ severity }) => severity === "error"));
      return undefined;
    }
    // Generated files do not say where a package happens to lie.
    const source = located.package === undefined ? shown : `npm:${located.package.name}`;
    return { ...contract, model: { ...contract.model, source } };
  }

  async #locate({ from, path }: ImportStatement): Promise<Located | undefined> {
    try {
      return await locateImport(from, { file: this.#file, package: undefined });
    } catch (error) {
      if (!(error instanceof ImportProblem)) throw error;
      this.#root.findings.error("ERR_IMPORT_MISSING", path, { message: error.message, hint: error.hint });
      return undefined;
    }
  }

  /** @param way the contracts from the root to the one that imports this one */
  async #tellCycle(path: Path, at: Located, text: string, way: readonly string[]): Promise<boolean> {
    const start = way.indexOf(at.file);
    if (start !== -1) {
      const circle = [...way.slice(start), at.file].map((file) => this.#named(file));
      this.#root.findings.error("ERR_IMPORT_CYCLE", path, {
        message: `The imports lead in a circle: ${circle.join(" -> ")}.`,
        hint: "Move what both need into a contract that imports neither.",
      });
      return true;
    }
    if (this.#seen.has(at.file)) return false;
    this.#seen.add(at.file);
    const { value, model } = inspectContract({ text, path: at.file, contractSchema: this.#contractSchema });
    if (model === undefined) return false;
    for (const { from } of importStatements(value)) {
      const next = await locateImport(from, at).catch(() => undefined);
      const nextText = next && (await readContract(next.file).catch(() => undefined));
      if (nextText !== undefined && (await this.#tellCycle(path, next!, nextText, [...way, at.file]))) return true;
    }
    return false;
  }

  #named(file: string): string {
    return relative(this.#projectDir, file).split(sep).join("/");
  }
}
