import test from "ava";
import { temporaryFolder } from "../services/temporary-folder.js";
import { chaosSuite } from "./suite.js";

chaosSuite(test, {
  file: "test/chaos/file.test.ts",
  on: "file",
  embedded: true,
  async open(t) {
    const folder = await temporaryFolder(t);
    return {
      broker: `file:${folder}`,
      resultBackend: `file:${folder}`,
    };
  },
});
