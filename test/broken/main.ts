// `npm run chaos:broken`: breaks a copy of the build in each way of `defects.ts`, and sees the tests fail that are there to notice.
import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { BuildCopy, type Verdict } from "./build-copy.js";
import type { Check, Defect } from "./defect.js";
import { defects } from "./defects.js";
import { withTable } from "./paper.js";

interface Case {
  /** None: the whole build. */
  readonly defect: Defect | undefined;
  readonly check: Check;
}

const { values } = parseArgs({
  options: {
    only: { type: "string", multiple: true, default: [""], short: "o" },
    jobs: { type: "string", default: "1", short: "j" },
    record: { type: "boolean", default: false },
  },
});

const chosen = defects.filter(({ name }) => values.only.some((part) => name.includes(part)));
const broken = chosen.flatMap((defect) => defect.checks.map((check): Case => ({ defect, check })));
// What fails on the whole build, too, has noticed nothing.
const whole = new Map(broken.map(({ check }): [string, Case] => [`${check.file} ${check.title}`, { defect: undefined, check }]));
const cases = [...broken, ...whole.values()];
const wrong: string[] = [];
let next = 0;

async function work(): Promise<void> {
  const copy = await BuildCopy.make();
  try {
    while (next < cases.length) {
      const { defect, check } = cases[next++]!;
      const verdict = await (defect === undefined ? copy.test(check) : copy.whileBroken(defect, () => copy.test(check)));
      tell(defect, check, verdict);
    }
  } finally {
    await copy.remove();
  }
}

function tell(defect: Defect | undefined, { file, title }: Check, { how, said, seconds }: Verdict): void {
  const isRight = how === (defect === undefined ? "passed" : "failed");
  const verdict =
    defect === undefined ? (isRight ? "passes" : `FAILS ON THE WHOLE BUILD: ${how}`) : isRight ? "caught" : `NOT CAUGHT: ${how}`;
  const line = `${verdict} | ${defect?.name ?? "the whole build"} | ${file}: ${title} | ${seconds} s`;
  if (!isRight) wrong.push(line);
  process.stdout.write(`${line}\n${said === "" ? "" : `    ${said}\n`}`);
}

await Promise.all(Array.from({ length: Number(values.jobs) }, work));
process.stdout.write(`\n${broken.length} checks of ${chosen.length} defects; ${wrong.length} did not do as they should\n`);
for (const line of wrong) process.stdout.write(`${line}\n`);
if (wrong.length > 0) process.exitCode = 1;
else if (values.record && chosen.length === defects.length)
  await writeFile("GUARANTEES.md", withTable(await readFile("GUARANTEES.md", "utf8"), defects));
