import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import anyTest, { type TestFn } from "ava";
import { ContractError, readContract } from "machinery-ts-codegen";
import { removeFolder, temporaryFolder } from "../services/temporary-folder.js";

const test = anyTest as TestFn<{ folder: string }>;

test.beforeEach(async (t) => {
  t.context.folder = await temporaryFolder();
});

test.afterEach.always((t) => removeFolder(t.context.folder));

test("the text of a file, without its byte order mark", async (t) => {
  const path = join(t.context.folder, "tasks.yaml");
  await writeFile(path, "\ufeffcontract: é\n");
  t.is(await readContract(path), "contract: é\n");
});

const unreadable: [what: string, bytes: Uint8Array | undefined, expected: RegExp][] = [
  ["no file", undefined, /:1:1 \[ERR_SCHEMA_READ\] The file cannot be read: ENOENT\. There is no such file/],
  ["an empty file", Buffer.from(""), /\[ERR_SCHEMA_READ\] The file is empty\./],
  ["a file of spaces", Buffer.from(" \n"), /\[ERR_SCHEMA_READ\] The file is empty\./],
  ["a file that is not UTF-8", Buffer.from([0x61, 0xff]), /\[ERR_SCHEMA_READ\] The file is not valid UTF-8\./],
  ["a file of more than 5 MiB", Buffer.alloc(5 * 1024 * 1024 + 1, 0x20), /\[ERR_SCHEMA_SIZE\] The file has 5242881 bytes/],
];

for (const [what, bytes, expected] of unreadable) {
  test(`${what} cannot be read`, async (t) => {
    const path = join(t.context.folder, "tasks.yaml");
    if (bytes !== undefined) await writeFile(path, bytes);
    const error = await t.throwsAsync(readContract(path), { instanceOf: ContractError, message: expected });
    t.is(error.diagnostics[0]!.file, path);
  });
}

test("a folder cannot be read, and the system's error is the cause", async (t) => {
  const error = await t.throwsAsync(readContract(t.context.folder), {
    instanceOf: ContractError,
    message: /EISDIR\. It is a folder/,
  });
  t.is((error.cause as NodeJS.ErrnoException).code, "EISDIR");
});
