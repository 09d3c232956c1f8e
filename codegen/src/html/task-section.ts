import { exampleCall, exampleCommand } from "../example/code.js";
import { exampleMessage } from "../example/message.js";
import { exportedName, parameterNames } from "../go/names.js";
import { goParameters, goType, isStructured } from "../go/task.js";
import type { Model, Parameter, Task } from "../model.js";
import { signatureText } from "../signature-text.js";
import { code } from "./code.js";
import { type Html, html, type Part } from "./html.js";
import { inline, prose } from "./prose.js";
import { goTypeText, tsTypeText } from "./type-text.js";

/** One task: how it is called in both languages, its arguments, results and policy, and what it looks like on the wire. */
export function taskSection(model: Model, task: Task): Html {
  const { identifier, name, description } = task;
  return html`
<section class="entry" id="task-${identifier}" data-search="${`${name} ${description ?? ""}`.toLowerCase()}">
<h3><a href="#task-${identifier}">${name}</a>${badges(task)}</h3>
${prose(description)}
<dl class="signatures"><dt>TypeScript</dt><dd>${code(signatureText(task), "ts")}</dd><dt>Go</dt><dd>${code(goSignature(task), "go")}</dd></dl>
${parameterTable(task)}
${policyList(task)}
${former(task)}
<div class="pair calls"><div><h4>Send it</h4>${code(sendExample(model, task), "ts")}</div><div><h4>From a shell</h4>${code(exampleCommand(model, task), "console")}</div></div>
<details><summary>On the wire</summary>${code(JSON.stringify(exampleMessage(model, task), undefined, 2), "json")}</details>
</section>`;
}

function goSignature(task: Task): string {
  const names = parameterNames(task.args.map((arg) => arg.name));
  const results = task.returns.map((result) => (isStructured(result) ? `*${goType(result)}` : goType(result)));
  return `${exportedName(task.identifier)}(${["ctx context.Context", ...goParameters(task, names)].join(", ")}) ${
    results.length === 0 ? "error" : `(${[...results, "error"].join(", ")})`
  }`;
}

function badges({ policy }: Task): Html[] {
  const labels = [
    ...(policy.queue === undefined ? [] : [`queue ${policy.queue}`]),
    ...(policy.run === "thread" ? ["on a thread"] : []),
    ...(policy.servedBy === undefined ? [] : ["served by Go"]),
  ];
  return labels.map((label) => html` <span class="badge">${label}</span>`);
}

function parameterTable({ args, returns, variadic }: Task): Html | undefined {
  if (args.length + returns.length === 0) return undefined;
  return html`<div class="scroll"><table class="values">
<thead><tr><th>name</th><th>on the wire</th><th>TypeScript</th><th>Go</th><th>description</th></tr></thead>
${group("Arguments", args, variadic)}${group("Results", returns)}
</table></div>`;
}

function group(title: string, parameters: readonly Parameter[], variadic = false): Html {
  const rows = parameters.map((one, i) => parameterRow(one, variadic && i === parameters.length - 1));
  const none = html`<tr><td colspan="5" class="none">none</td></tr>`;
  return html`<tbody><tr><th colspan="5" scope="rowgroup">${title}</th></tr>${rows.length === 0 ? none : rows}</tbody>`;
}

function parameterRow(parameter: Parameter, rest: boolean): Html {
  const { name, description, type } = parameter;
  const link = (text: string): Part => (type.kind === "object" ? html`<a href="#type-${type.def}">${text}</a>` : text);
  return html`
<tr><td><code>${rest ? "…" : ""}${name}</code>${rest ? html` <span class="badge">any number</span>` : undefined}</td>
<td><code>${type.kind === "object" ? "string" : type.go}</code>${type.kind === "object" ? " (JSON)" : ""}</td>
<td><code>${link(tsTypeText(parameter))}</code></td><td><code>${link(goTypeText(parameter))}</code></td>
<td>${description === undefined ? undefined : inline(description)}</td></tr>`;
}

/** What the contract says of how the task runs; what it leaves open is not listed, but for the queue. */
function policyList({ policy }: Task): Html {
  const { run, queue, retryCount = 0, retryTimeoutSeconds = 0, timeoutMs, resultTtlMs, servedBy } = policy;
  const facts: [string, Part][] = [["Queue", queue === undefined ? "the server's default" : html`<code>${queue}</code>`]];
  if (servedBy !== undefined) facts.push(["Runs", `in workers of Go Machinery (${servedBy})`]);
  else if (run === "thread") facts.push(["Runs", "on a thread"]);
  if (retryCount > 0) {
    const first = retryTimeoutSeconds > 0 ? `, the first after ${duration(retryTimeoutSeconds * 1000)}` : "";
    facts.push(["Retries", `${retryCount}${first}`]);
  }
  if (timeoutMs !== undefined) facts.push(["Time-out", duration(timeoutMs)]);
  if (resultTtlMs !== undefined) facts.push(["Results are kept", duration(resultTtlMs)]);
  return html`<dl class="policy">${facts.map(([term, fact]) => html`<div><dt>${term}</dt><dd>${fact}</dd></div>`)}</dl>`;
}

/** `90 s`, `1 h`: in the largest unit that gives a whole number. */
function duration(ms: number): string {
  const units: [number, string][] = [
    [86_400_000, "d"],
    [3_600_000, "h"],
    [60_000, "min"],
    [1_000, "s"],
  ];
  const [size, unit] = units.find(([length]) => ms % length === 0) ?? [1, "ms"];
  return `${ms / size} ${unit}`;
}

/** What senders of older contracts call the task, and send to it. */
function former({ aliases = [], versions }: Task): Html | undefined {
  if (aliases.length === 0 && versions.length === 0) return undefined;
  const lists = versions.map(({ args }) => `(${args.map((arg) => `${arg.name}: ${tsTypeText(arg)}`).join(", ")})`);
  return html`<h4>Workers still take</h4>
<ul>${aliases.map((alias) => html`<li>the name <code>${alias}</code></li>`)}${lists.map((list) => html`<li><code>${list}</code></li>`)}</ul>`;
}

function sendExample(model: Model, task: Task): string {
  const call = exampleCall(model, task);
  const oneLine = `const sent = await ${call};`;
  const result = task.returns.length === 0 ? "await sent.get();" : "const result = await sent.get();";
  return `${oneLine}\n${result}`;
}
