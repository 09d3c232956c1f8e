import test from "ava";
import { ContractError, generate } from "machinery-ts-codegen";
import { project } from "../../codegen/emit/project.js";
import { files, math, own } from "./contracts.js";

const importing = (...imports: string[]) =>
  `contract: "1"\npackage: shop\nimports:\n${imports.map((one) => `  - ${one}\n`).join("")}tasks: { add: {} }\n`;

/** What is wrong with a project's contract: `file:line:column [CODE] message`. */
const wrong: readonly [what: string, files: Readonly<Record<string, string>>, expected: readonly RegExp[]][] = [
  [
    "a file that is not there",
    { "schema/tasks.yaml": importing("./none.yaml") },
    [/^schema\/tasks\.yaml:4:5 \[ERR_IMPORT_MISSING\] There is no file "\.\/none\.yaml"\./],
  ],
  [
    "a package that is not installed",
    { "schema/tasks.yaml": importing('"npm:@team/none"') },
    [/^schema\/tasks\.yaml:4:5 \[ERR_IMPORT_MISSING\] The package "@team\/none" is not installed\./],
  ],
  [
    "a package without a contract",
    { "schema/tasks.yaml": importing("machinery-ts") },
    [/^schema\/tasks\.yaml:4:5 \[ERR_IMPORT_MISSING\] The package "machinery-ts" has no contract\./],
  ],
  [
    "a package that names a contract it has not",
    {
      "schema/tasks.yaml": importing("odd"),
      "node_modules/odd/package.json": '{ "machinery": { "contract": "schema/tasks.yaml" } }',
    },
    [/\[ERR_IMPORT_MISSING\] The package "odd" names "schema\/tasks\.yaml" as its contract, and has no such file\./],
  ],
  [
    "a package whose contract lies outside of it",
    {
      "schema/tasks.yaml": importing("odd"),
      "secret.yaml": math,
      "node_modules/odd/package.json": '{ "machinery": { "contract": "../../secret.yaml" } }',
    },
    [/\[ERR_IMPORT_MISSING\] The contract of the package "odd" leads out of it\./],
  ],
  [
    "what is neither a file nor a package",
    { "schema/tasks.yaml": importing("https://example.org/tasks.yaml", "/etc/passwd", "../notes.txt") },
    [
      /^schema\/tasks\.yaml:4:5 \[ERR_IMPORT\] /,
      /^schema\/tasks\.yaml:5:5 \[ERR_IMPORT\] /,
      /^schema\/tasks\.yaml:6:5 \[ERR_IMPORT\] /,
    ],
  ],
  [
    "itself",
    { "schema/tasks.yaml": importing("./tasks.yaml") },
    [/^schema\/tasks\.yaml:4:5 \[ERR_IMPORT_CYCLE\] The imports lead in a circle: schema\/tasks\.yaml -> schema\/tasks\.yaml\./],
  ],
  [
    "a circle over two others",
    {
      "schema/tasks.yaml": importing("./b.yaml"),
      "schema/b.yaml": `${math}imports: [./c.yaml]\n`,
      "schema/c.yaml": `${math}imports: [./tasks.yaml]\n`,
    },
    [/:4:5 \[ERR_IMPORT_CYCLE\] .*: schema\/tasks\.yaml -> schema\/b\.yaml -> schema\/c\.yaml -> schema\/tasks\.yaml\./],
  ],
  [
    "a contract with an error",
    { "schema/tasks.yaml": importing("./b.yaml"), "schema/b.yaml": math.replace("type: int64", "type: int65") },
    [
      /^schema\/tasks\.yaml:4:5 \[ERR_IMPORT_BROKEN\] The contract "schema\/b\.yaml" has errors of its own\./,
      /^schema\/b\.yaml:7:29 \[ERR_TYPE\] "int65" is not known here\./,
    ],
  ],
  [
    "a contract of a newer format",
    { "schema/tasks.yaml": importing("./b.yaml"), "schema/b.yaml": 'contract: "2"\npackage: b\njobs: {}\n' },
    [
      /^schema\/tasks\.yaml:4:5 \[ERR_IMPORT_BROKEN\] /,
      /^schema\/b\.yaml:1:11 \[ERR_CONTRACT_VERSION\] The contract is of format "2"; this generator knows "1"\. Install a newer/,
    ],
  ],
  [
    "a task that has the same name on the wire",
    { "schema/tasks.yaml": importing("../b.yaml"), "b.yaml": math.replace("wire_names: package\n", "") },
    [
      /:4:5 \[ERR_NAME_COLLISION\] Two tasks are "add" on the wire: the one at schema\/tasks\.yaml:5:10 and the one at b\.yaml:4:3\./,
    ],
  ],
  [
    "one package twice",
    {
      "schema/tasks.yaml": importing("../b.yaml", "../c.yaml"),
      "b.yaml": math,
      "c.yaml": 'contract: "1"\npackage: math\ntasks: { mean: {} }\n',
    },
    [/:5:5 \[ERR_NAME_COLLISION\] The namespace "math" of this import is that of the import at schema\/tasks\.yaml:4:5 already\./],
  ],
  [
    "a package that is called as a task here",
    { "schema/tasks.yaml": importing("{ from: ../b.yaml, as: Add }"), "b.yaml": math },
    [/:4:5 \[ERR_NAME_COLLISION\] The namespace "Add" of this import is the task at schema\/tasks\.yaml:5:10 already\./],
  ],
  [
    "a namespace that means something",
    { "schema/tasks.yaml": importing("{ from: ../b.yaml, as: then }"), "b.yaml": math },
    [/:4:5 \[ERR_NAME_RESERVED\] "then" /],
  ],
];

for (const [what, given, expected] of wrong) {
  test(`importing ${what} is refused`, async (t) => {
    const projectDir = await project(t, given);
    const error = await t.throwsAsync(generate({ projectDir }), { instanceOf: ContractError });
    const places = error!.diagnostics.map(
      ({ file, line, column, code, message, hint }) => `${file}:${line}:${column} [${code}] ${message} ${hint}`,
    );
    t.is(places.length, expected.length, places.join("\n"));
    expected.forEach((pattern, i) => {
      t.regex(places[i]!, pattern);
    });
  });
}

test("what an imported package imports for itself need not be there", async (t) => {
  const projectDir = await project(t, {
    ...files,
    "math/tasks.yaml": `${math}imports: [npm:never-installed, ./never-written.yaml]\n`,
    "schema/tasks.yaml": own,
  });
  t.true((await generate({ projectDir })).written.includes("imports/math/tasks.ts"));
});
