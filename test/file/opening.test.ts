import { spawn } from "node:child_process";
import { once } from "node:events";
import { setImmediate as nextTurn } from "node:timers/promises";
import test from "ava";
import { acquireStore, releaseStore } from "../../src/store/store.js";
import { ownFolder } from "./process.js";

/** Opens the folder again and again, and does nothing there. */
const opener = `
  import { open } from "lmdb";
  for (let i = 0; i < 40; i++) await open({ path: process.argv[1], noSubdir: false, readOnly: i % 2 === 0 }).close();
`;

test("no transaction is lost when another process opens the store meanwhile", async (t) => {
  const folder = await ownFolder(t);
  const store = acquireStore({ folder });
  t.teardown(() => releaseStore(store));
  const counter = store.records<number>("counter");
  let opening = 4;
  for (let i = 0; i < 4; i++) {
    const child = spawn(process.execPath, ["--input-type=module", "-e", opener, folder], { stdio: "inherit" });
    void once(child, "exit").then(([code]) => {
      t.is(code, 0);
      opening--;
    });
  }
  let count = 0;
  for (; opening > 0; await nextTurn()) {
    for (let i = 0; i < 20; i++, count++) {
      const before = store.transact(false, () => {
        const value = counter.get("n") ?? 0;
        counter.putSync("n", value + 1);
        return value;
      });
      if (before !== count) t.fail(`${count - before} of ${count} transactions are lost`);
    }
  }
  store.refresh();
  t.is(counter.get("n"), count);
});
