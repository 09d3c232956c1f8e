import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, copyFile, mkdir, open, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import test, { type ExecutionContext } from "ava";
import { openFileBackend } from "../../src/backends/file.js";
import { openFileBroker } from "../../src/brokers/file.js";
import type { MachineryError } from "../../src/errors.js";
import { ownFolder, Part } from "./process.js";

const message = (text: string) => ({ id: text, queue: "q", body: Buffer.from(text) });

function refuses(t: ExecutionContext, folder: string, what: RegExp): void {
  const error = t.throws<MachineryError>(() => openFileBroker({ folder }));
  t.is(error?.code, "ERR_STORE");
  t.true(error?.message.includes(folder), error?.message);
  t.regex(error!.message, what);
  t.truthy(error?.hint, "it says what to do");
}

async function filledStore(t: ExecutionContext): Promise<string> {
  const folder = await ownFolder(t);
  const broker = openFileBroker({ folder });
  const messages = Array.from({ length: 5_000 }, (_, i) => ({ ...message(`${i}`), body: Buffer.alloc(1_000, i) }));
  await broker.publish(messages);
  await broker.close();
  return folder;
}

test("a folder is made with its parents, and may be reached by other names", async (t) => {
  const folder = join(await ownFolder(t), "a", "b");
  const broker = openFileBroker({ folder });
  await symlink(folder, join(folder, "..", "link"));
  const same = openFileBroker({ folder: join(folder, "..", "link") });
  t.teardown(() => Promise.all([broker.close(), same.close()]));
  await broker.publish([message("1")]);
  t.is((await same.inspect("q")).pending, 1);
});

test("broker and backend share a folder, and closing one leaves the other", async (t) => {
  const folder = await ownFolder(t);
  const broker = openFileBroker({ folder });
  const backend = openFileBackend({ folder, sync: true });
  await backend.close();
  t.deepEqual(await broker.publish([message("1")]), [{ status: "ok" }]);
  await broker.close();
  const again = openFileBroker({ folder, sync: true });
  t.teardown(() => again.close());
  t.is((await again.inspect("q")).pending, 1);
});

test("a file is not a folder", async (t) => {
  const folder = await ownFolder(t);
  await writeFile(folder, "");
  refuses(t, folder, /not a folder/);
  refuses(t, join(folder, "below"), /not a folder/);
});

test("a folder with other files is left alone", async (t) => {
  const folder = await ownFolder(t);
  await mkdir(folder);
  await writeFile(join(folder, "thesis.txt"), "");
  refuses(t, folder, /other files \(thesis\.txt\)/);
});

test("a store of a newer format is left alone", async (t) => {
  const folder = await filledStore(t);
  await writeFile(join(folder, "machinery.json"), '{"store":"machinery-ts","format":2}');
  refuses(t, folder, /format 2.*newer release/);
});

test("a marker that cannot be understood is damage", async (t) => {
  const folder = await filledStore(t);
  for (const text of ["", "{", "null", '{"format":"1"}']) {
    await writeFile(join(folder, "machinery.json"), text);
    refuses(t, folder, /damaged.*machinery\.json/);
  }
});

test("a data file that is not one is damage, not a crash", async (t) => {
  const folder = await filledStore(t);
  const data = join(folder, "data.mdb");
  await copyFile(data, join(folder, "copy"));
  await writeFile(data, "hello");
  refuses(t, folder, /damaged.*not an LMDB file/);
  await writeFile(data, Buffer.alloc(100_000, 7));
  refuses(t, folder, /damaged.*not an LMDB file/);
  await copyFile(join(folder, "copy"), data);
  await truncate(data, 2_000_000);
  refuses(t, folder, /damaged.*lost its end/);
  await truncate(data, 4_100);
  refuses(t, folder, /damaged.*half of its head/);
  await rm(data);
  await mkdir(data);
  refuses(t, folder, /damaged.*not a file/);
});

test("an older data version is told apart", async (t) => {
  const folder = await filledStore(t);
  const file = await open(join(folder, "data.mdb"), "r+");
  await file.write(Buffer.from([1]), 0, 1, 28);
  await file.close();
  refuses(t, folder, /damaged.*of this version/);
});

test("a folder without rights is refused", async (t) => {
  const folder = await filledStore(t);
  await chmod(dirname(folder), 0o755);
  await chmod(folder, 0o700);
  if (process.getuid?.() !== 0) await chmod(folder, 0o500);
  const said = (await new Part(t, "stranger", folder).says()) as { code: string; message: string };
  t.is(said.code, "ERR_STORE");
  t.regex(said.message, /no right/);
  await chmod(folder, 0o700);
});

test("a full disk is an error that harms nothing stored, and is over when there is room", async (t) => {
  const folder = await ownFolder(t);
  // A limit on the size of files (in blocks of 512 bytes) stands for the disk.
  const part = fileURLToPath(new URL("./part.js", import.meta.url));
  const script = 'trap "" XFSZ; ulimit -f 4000; exec "$0" "$@"';
  const child = spawn("sh", ["-c", script, process.execPath, part, "filler", folder], {
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  const [said] = (await once(child, "message")) as [{ accepted: number; code: string; message: string }];
  t.is(said.code, "ERR_STORE");
  t.regex(said.message, /largest size|disk is full/);
  t.true(said.accepted > 0);
  const broker = openFileBroker({ folder });
  t.teardown(() => broker.close());
  t.is((await broker.inspect("q")).pending, said.accepted);
  t.deepEqual(await broker.publish([message("room again")]), [{ status: "ok" }]);
});

test("a folder that is deleted in use ends the worker's take with an error", async (t) => {
  const folder = await ownFolder(t);
  const broker = openFileBroker({ folder });
  const consumer = await broker.consume({ queues: ["q"], capacity: 1, leaseMs: 300 });
  const taking = consumer.take(1);
  await rm(folder, { recursive: true });
  const awake = setInterval(() => {}, 1_000);
  const error = await t.throwsAsync<MachineryError>(taking);
  clearInterval(awake);
  t.is(error?.code, "ERR_STORE");
  t.regex(error!.message, /deleted or replaced/);
  await broker.close();
});

test("the marker names the format", async (t) => {
  const folder = await filledStore(t);
  t.deepEqual(JSON.parse(await readFile(join(folder, "machinery.json"), "utf8")), { store: "machinery-ts", format: 1 });
});
