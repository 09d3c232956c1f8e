import { Findings, type Path } from "../contract/findings.js";
import { type LintRuleId, lintRules } from "./rules.js";

/** What a linter has found in one contract. */
export class Problems {
  readonly findings: Findings<LintRuleId>;

  constructor(file: string, text: string) {
    this.findings = new Findings(file, text);
  }

  /** At the key of a value, or with `atValue` at the value. */
  add(rule: LintRuleId, path: Path, message: string, atValue = false): void {
    this.findings.warning(rule, path, { message, hint: lintRules[rule].hint, atKey: !atValue });
  }
}
