import { createHash } from "node:crypto";
import { generatedFrom } from "../header.js";
import type { ImportedContract, Model } from "../model.js";
import { Html, html } from "./html.js";
import { script } from "./script.js";
import { style } from "./style.js";
import { taskSection } from "./task-section.js";
import { typeSection } from "./type-section.js";
import { typeTexts } from "./type-text.js";

/**
 * A contract as a page to read: one file that needs nothing beside it and asks for nothing, which the page's own policy sees to. Pure, as
 * `generateFiles` is.
 */
export async function htmlDocument(model: Model): Promise<string> {
  const texts = await typeTexts(model);
  const policy = [
    "default-src 'none'",
    `style-src '${digest(style)}'`,
    `script-src '${digest(script)}'`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  // The style and the script go in as they are: escaped, they would be others.
  const page = html`<!doctype html>
<!-- ${generatedFrom(model).replaceAll("--", "- -")} -->
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>Tasks of ${model.package}</title>
<style>${new Html(style)}</style>
</head>
<body>
${navigation(model)}
<main>
<h1 id="top">Tasks of ${model.package}</h1>
<p class="lead">${counted(model.tasks.length, "task")}${model.defs.length === 0 ? "" : ` and ${counted(model.defs.length, "structured type")}`}, from <code>${model.source}</code>, contract <code>${model.hash}</code>.</p>
<h2 data-of="task-">Tasks</h2>
${model.tasks.map((task) => taskSection(model, task))}
${
  model.defs.length === 0
    ? undefined
    : html`<h2 data-of="type-">Types</h2>
<p class="lead">On the wire each of these is a string that holds its JSON.</p>
${model.defs.map((definition) => typeSection(definition, texts))}`
}
${imports(model.imports)}
<p class="nothing" id="nothing" hidden>Nothing of this contract is called so.</p>
</main>
<script>${new Html(script)}</script>
</body>
</html>
`;
  return page.text;
}

function navigation({ package: name, tasks, defs }: Model): Html {
  return html`<nav aria-label="Contents">
<a class="home" href="#top">${name}</a>
<input id="search" type="search" placeholder="Search ( / )" aria-label="Search tasks and types" autocomplete="off">
<h2 data-of="task-">Tasks</h2>
<ul>${tasks.map((task) => html`<li><a href="#task-${task.identifier}">${task.name}</a></li>`)}</ul>
${
  defs.length === 0
    ? undefined
    : html`<h2 data-of="type-">Types</h2>
<ul>${defs.map((definition) => html`<li><a href="#type-${definition.name}">${definition.name}</a></li>`)}</ul>`
}
</nav>`;
}

function imports(all: readonly ImportedContract[]): Html | undefined {
  if (all.length === 0) return undefined;
  return html`<h2>Imported contracts</h2>
<ul>${all.map(({ namespace, model }) => html`<li><code>${namespace}</code>: ${model.package}, ${counted(model.tasks.length, "task")}, from <code>${model.source}</code></li>`)}</ul>`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

function digest(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
