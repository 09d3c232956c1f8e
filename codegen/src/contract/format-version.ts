import { quote } from "./diagnostics.js";
import type { Findings } from "./findings.js";
import { member } from "./record.js";

/** The format of contracts that this generator knows. */
const known = 1;

/** Whether a contract is of a format that is to come, which is all there is to say of it then. Of what is none, its schema tells. */
export function isNewerFormat(contract: unknown, findings: Findings): boolean {
  const format = member(contract, "contract");
  if (typeof format !== "string" || !/^[1-9][0-9]{0,8}$/.test(format) || Number(format) <= known) return false;
  findings.error("ERR_CONTRACT_VERSION", ["contract"], {
    message: `The contract is of format ${quote(format)}; this generator knows "${known}".`,
    hint: "Install a newer machinery-ts and machinery-ts-codegen.",
  });
  return true;
}
