import { exampleCall } from "../example/code.js";
import type { Model } from "../model.js";
import { signatureText } from "../signature-text.js";
import type { PackageId } from "./manifest.js";

/** What a contract package says of itself. */
export function readme(model: Model, { name }: PackageId): string {
  const [first] = model.tasks;
  const isVoid = first?.returns.length === 0;
  return `# ${name}

The tasks of the contract \`${model.package}\`, to send with [machinery-ts](https://www.npmjs.com/package/machinery-ts): types, senders,
task builders and validators, made by \`machinery pack\`. The contract itself is in [contract.yaml](contract.yaml).

\`\`\`console
$ npm install ${name} machinery-ts
\`\`\`
${
  first === undefined
    ? ""
    : `
\`\`\`ts
import { Server } from "machinery-ts";
import { senders } from "${name}";

await using server = await Server.connect(); // by the configuration, to the broker that the workers are on
const send = senders(server);
const sent = await ${exampleCall(model, first)};
${isVoid ? "await sent.get();" : "const result = await sent.get();"}
\`\`\`

| task | what it does |
|---|---|
${model.tasks.map((task) => `| \`${cell(signatureText(task))}\` | ${cell(prose(task.description))} |`).join("\n")}
`
}`;
}

/** The first paragraph of a description, with nothing in it that Markdown or HTML would read as its own. */
function prose(description = ""): string {
  const [paragraph = ""] = description.trim().split(/\n\s*\n/);
  return paragraph
    .replace(/[\p{C}\s]+/gu, " ")
    .slice(0, 500)
    .toWellFormed()
    .replace(/[\\`*_[\]<>&#!~]/g, (char) => `&#${char.codePointAt(0)};`);
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
