import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { chaosSuite } from "./suite.js";

chaosSuite(test, {
  file: "test/chaos/file.test.ts",
  embedded: true,
  async open() {
    const folder = await mkdtemp(join(tmpdir(), "machinery-chaos-"));
    return {
      broker: `file:${folder}`,
      resultBackend: `file:${folder}`,
      close: () => rm(folder, { recursive: true }),
    };
  },
});
