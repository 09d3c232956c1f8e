import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { definitions } from "../../generated/definitions.js";
import { parseArgument, parseArguments, usage } from "../../src/cli/task-arguments.js";
import type { FlowType } from "../../src/gen/v1/task.js";
import { JsonNumber } from "../../src/wire/json.js";
import { temporaryFolder } from "../services/temporary-folder.js";

const good: readonly (readonly [type: FlowType, word: string, value: unknown])[] = [
  ["int64", "9007199254740993", 9007199254740993n],
  ["int64", "-9223372036854775808", -9223372036854775808n],
  ["uint64", "18446744073709551615", 18446744073709551615n],
  ["int", "+5", 5n],
  ["uint", "007", 7n],
  ["int8", "-128", -128],
  ["uint32", "4294967295", 4294967295],
  ["bool", "true", true],
  ["bool", "false", false],
  ["float64", "-2.5e10", -2.5e10],
  ["float64", ".5", 0.5],
  ["float32", "1", 1],
  ["string", "", ""],
  ["string", "@1.0", "@1.0"],
  ["[]int64", "[9007199254740993, -1]", [9007199254740993n, -1n]],
  ["[]uint64", "[]", []],
  ["[]int16", "null", []],
  ["[]float64", "[1, 2.5, 1e3]", [1, 2.5, 1000]],
  ["[]string", '["a", "1.0"]', ["a", "1.0"]],
  ["[]bool", "[true]", [true]],
  ["[]uint8", "AP8=", new Uint8Array([0, 255])],
  ["[]uint8", "", new Uint8Array()],
  ["object Size", '{"width": 9007199254740993, "height": 1.0}', { width: 9007199254740993n, height: new JsonNumber("1.0") }],
];

for (const [type, word, value] of good)
  test(`${type} from ${JSON.stringify(word)}`, async (t) => t.deepEqual(await parseArgument(type, word, "a"), value));

const bad: readonly (readonly [type: FlowType, word: string, expected: string])[] = [
  ["int64", "1.0", "a whole number in plain digits (int64)"],
  ["int64", "1e3", "a whole number in plain digits (int64)"],
  ["int64", "0x10", "a whole number in plain digits (int64)"],
  ["uint8", " 1", "a whole number in plain digits (uint8)"],
  ["int8", "", "a whole number in plain digits (int8)"],
  ["bool", "True", "true or false"],
  ["bool", "1", "true or false"],
  ["float64", "NaN", "a number (float64)"],
  ["float32", "Infinity", "a number (float32)"],
  ["float64", "1,5", "a number (float64)"],
  ["[]int64", "1 2", "a JSON array such as [1,2], or @ and the name of a file ([]int64)"],
  ["[]int64", "5", "an array ([]int64)"],
  ["[]string", "a", 'a JSON array such as ["a","b"], or @ and the name of a file ([]string)'],
  ["[]uint8", "ö", "base64, or @ and the name of a file ([]uint8)"],
  ["object Size", "{", "a JSON object, or @ and the name of a file (object Size)"],
];

for (const [type, word, expected] of bad)
  test(`no ${type} from ${JSON.stringify(word)}`, async (t) => {
    const error = await t.throwsAsync(parseArgument(type, word, "a"), { code: "ERR_ARG_VALUE" });
    t.true(error?.message.startsWith(`[ERR_ARG_VALUE] a: expected ${expected}, got `), error?.message);
  });

test("what is within an array is placed", async (t) => {
  await t.throwsAsync(parseArgument("[]int8", "[1, 128]", "a"), { message: /^\[ERR_ARG_RANGE\] a\[1\]: / });
  await t.throwsAsync(parseArgument("[]int64", "[1, 1.0]", "a"), { message: /^\[ERR_ARG_VALUE\] a\[1\]: / });
});

test("bytes, slices and structured types can come from a file", async (t) => {
  const folder = await temporaryFolder(t);
  const [bytes, json] = [join(folder, "bytes"), join(folder, "json")];
  await writeFile(bytes, new Uint8Array([0, 255, 10]));
  await writeFile(json, "[9007199254740993]\n");
  t.deepEqual(await parseArgument("[]uint8", `@${bytes}`, "a"), new Uint8Array([0, 255, 10]));
  t.deepEqual(await parseArgument("[]int64", `@${json}`, "a"), [9007199254740993n]);
  await t.throwsAsync(parseArgument("[]int64", `@${folder}/none`, "a"), { message: /^\[ERR_ARG_VALUE\] a: .*ENOENT/ });
});

test("arguments are counted and named by the contract", async (t) => {
  t.deepEqual(await parseArguments(definitions.add, ["1", "2"]), [1n, 2n]);
  t.deepEqual(await parseArguments(definitions.add, []), []);
  t.deepEqual(await parseArguments(definitions.none, []), []);
  await t.throwsAsync(parseArguments(definitions.add, ["1", "x"]), { message: /^\[ERR_ARG_VALUE\] terms\[1\]: / });
  await t.throwsAsync(parseArguments(definitions.fail, ["a", "b"]), {
    message: '[ERR_ARG_COUNT] "fail" takes 1 argument, got 2. Usage: machinery send fail <message: string>',
  });
  await t.throwsAsync(parseArguments(definitions.resize, []), {
    message: /got 0\. Usage: machinery send resize <request: object ResizeRequest>$/,
  });
  t.is(usage(definitions.add), "add [terms: int64...]");
});
