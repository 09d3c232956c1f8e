import { openSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { lastTransaction } from "../../src/store/data-file.js";
import { temporaryFolder } from "../services/temporary-folder.js";
import { costOf, keepTo } from "./load.js";

test("transactions of a task on the embedded store", async (t) => {
  const folder = await temporaryFolder(t);
  let file: number | undefined;
  const read = () => {
    file ??= openSync(join(folder, "data.mdb"), "r");
    return { commands: lastTransaction(file), bytes: 0 };
  };
  const cost = await costOf(t, { broker: `file:${folder}`, resultBackend: `file:${folder}` }, { read });
  keepTo(t, { single: { commands: 6, bytes: 0 }, batched: { commands: 0.06, bytes: 0 } }, cost);
});
