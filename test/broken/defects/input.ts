import type { Defect } from "../defect.js";

const hostile = "every hostile message becomes a dead letter*";
const changed = "every message whose bytes were changed ends*";

/** Of what comes in and what is told: messages, contracts, secrets; and of the judge. */
export const inputDefects: readonly Defect[] = [
  {
    name: "what a reader throws goes through the worker",
    edits: [
      {
        source: "src/worker/intake.ts",
        text: "return refuse(entry && message ? withSkew(error, entry.definition, message) : error, message, delivery.queue);",
        broken: "throw refuse(error, message, delivery.queue).error;",
      },
    ],
    checks: [
      { file: "test/hostile/memory.test.ts", title: hostile },
      { file: "test/hostile/redis.test.ts", title: changed },
    ],
  },
  {
    name: "a message that cannot be run is dropped",
    edits: [
      {
        source: "src/worker/completer.ts",
        text: 'const settle: Settlement = { delivery, as: "dead", reason: errorText(error) };',
        broken: 'const settle: Settlement = { delivery, as: "ack" };',
      },
    ],
    checks: [
      { file: "test/hostile/file.test.ts", title: hostile },
      { file: "test/hostile/redis.test.ts", title: hostile },
    ],
  },
  {
    name: "dead letters do not say why (RabbitMQ)",
    edits: [
      {
        source: "src/brokers/amqp/copies.ts",
        text: "[noted.reason]: reason.slice(0, longestReason)",
        broken: "[noted.reason]: reason.slice(0, 0)",
      },
    ],
    checks: [{ file: "test/hostile/amqp.test.ts", title: hostile }],
  },
  {
    name: "a task's object may have the key of a prototype",
    edits: [
      {
        source: "src/gen/v1/object-codec.ts",
        text: 'new Set(["__proto__", "constructor", "prototype"])',
        broken: "new Set([])",
      },
    ],
    checks: [{ file: "test/hostile/memory.test.ts", title: hostile }],
  },
  {
    name: "a message's key sets the prototype of what is read",
    edits: [
      { source: "src/wire/json-reader.ts", text: 'if (key === "__proto__") {', broken: 'if (key === "__proto__" && !value) {' },
    ],
    checks: [{ file: "test/hostile/reader.test.ts", title: "no hostile message changes a prototype*" }],
  },
  {
    name: "a key that is named twice is taken",
    edits: [
      {
        source: "src/wire/json-reader.ts",
        text: "if (this.uniqueKeys && Object.hasOwn(object, key)) {",
        broken: "if (this.uniqueKeys && key === object) {",
      },
    ],
    checks: [{ file: "test/hostile/limits.test.ts", title: "with uniqueKeys, a message that names a key twice is put aside" }],
  },
  {
    name: "a message counts as like another whatever stands behind its arguments",
    edits: [
      {
        source: "src/wire/known-layouts.ts",
        text: "    isAt(bytes, tail, bytes.length - tail.length)\n",
        broken: "    bytes.length > tail.length\n",
      },
    ],
    checks: [{ file: "test/hostile/reader.test.ts", title: "what a reader knows of messages like it makes no difference" }],
  },
  {
    name: "a contract's text can end a comment",
    edits: [{ source: "codegen/src/comment.ts", text: '    .replace(/\\*(?=\\/)/g, "*\\u200a")\n', broken: "" }],
    checks: [{ file: "test/hostile/generator.test.ts", title: "hostile text in every place of a contract*" }],
  },
  {
    name: "URLs in errors keep their logins",
    edits: [
      {
        source: "src/util/redact.ts",
        text: "  if (at >= 0) return HIDDEN + rest.slice(at);\n",
        broken: "  if (at >= 0) return rest;\n",
      },
    ],
    checks: [
      { file: "test/secrets/failures.test.ts", title: "no password in what is told of amqp: an option that is misspelt" },
      { file: "test/secrets/command.test.ts", title: "no password in what the command prints: doctor*" },
      { file: "test/secrets/working.test.ts", title: "no password in the log of a worker whose Redis comes and goes*" },
    ],
  },
  {
    name: "the judge overlooks what is lost",
    edits: [
      {
        source: "test/chaos/account.ts",
        text: '    if (sent === "ok" && !ended.has(uuid)) lost.push(uuid);\n',
        broken: "",
      },
    ],
    checks: [{ file: "test/chaos/account.test.ts", title: "what is lost*" }],
  },
];
