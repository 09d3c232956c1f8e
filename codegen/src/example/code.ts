import { lit } from "../literal.js";
import type { Model, Task } from "../model.js";
import { type Example, exampleValue } from "./value.js";

/** A value as an expression of TypeScript. */
export function exampleCode(value: Example): string {
  if (typeof value === "string") return lit(value);
  if (typeof value === "bigint") return `${value}n`;
  if (value instanceof Uint8Array) return `Uint8Array.of(${value.join(", ")})`;
  if (Array.isArray(value)) return `[${value.map(exampleCode).join(", ")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  const fields = Object.entries(value).map(([key, field]) => `${keyCode(key)}: ${exampleCode(field)}`);
  return fields.length === 0 ? "{}" : `{ ${fields.join(", ")} }`;
}

function keyCode(key: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(key) ? key : lit(key);
}

/** A call of the task's sender: `send.add(1n)`. */
export function exampleCall(model: Pick<Model, "defs">, task: Task): string {
  return `send.${task.identifier}(${task.args.map((arg) => exampleCode(exampleValue(model, arg))).join(", ")})`;
}

/** The command that sends the task, for a shell. */
export function exampleCommand(model: Pick<Model, "defs">, task: Task): string {
  const words = task.args.map((arg) => {
    const value = exampleValue(model, arg);
    return shellWord(typeof value === "string" ? value : JSON.stringify(plainJson(value)).replace(/^"(.*)"$/, "$1"));
  });
  return ["npx machinery send", task.name, ...words].join(" ");
}

function shellWord(text: string): string {
  return /^[A-Za-z0-9_./:=+@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** A value as JSON has it: bytes in base64, and integers as numbers, of which examples are small. */
export function plainJson(value: Example): unknown {
  if (typeof value === "bigint") return Number(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map(plainJson);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, plainJson(field)]));
}
