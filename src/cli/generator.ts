import { MachineryError } from "../errors.js";

type Codegen = typeof import("machinery-ts-codegen");
type Report = Awaited<ReturnType<Codegen["generate"]>>;

/**
 * Has the generator do its work, and prints what came of it. Sets the exit code: 1 for drift, 2 for a contract with errors.
 *
 * @throws MachineryError `ERR_PROJECT` where the generator is not installed
 */
export async function runCodegen(work: (codegen: Codegen) => Promise<Report>): Promise<void> {
  await withCodegen(async (codegen) => {
    const report = await work(codegen);
    process.stdout.write(codegen.formatReport(report));
    if (report.drift.length > 0) process.exitCode = 1;
  });
}

/**
 * Has the generator's package do some work. Sets the exit code to 2 for a contract with errors, and prints them.
 *
 * @throws MachineryError `ERR_PROJECT` where it is not installed
 */
export async function withCodegen(work: (codegen: Codegen) => Promise<void>): Promise<void> {
  const codegen = await loadCodegen();
  try {
    await work(codegen);
  } catch (error) {
    if (!(error instanceof codegen.ContractError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  }
}

async function loadCodegen(): Promise<Codegen> {
  try {
    return await import("machinery-ts-codegen");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw cause;
    throw new MachineryError("ERR_PROJECT", "the generator cannot be loaded: it is a package of its own.", {
      hint: "Install it for development: npm install --save-dev machinery-ts-codegen.",
      cause,
    });
  }
}
