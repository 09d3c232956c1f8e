import test from "ava";
import { exportGo } from "machinery-ts-codegen";

for (const machinery of ["v1", "v2"] as const) {
  test(`the Go package for ${machinery} is what the contract gives`, async (t) => {
    const out = `test/interop/go/example${machinery}`;
    const { drift } = await exportGo({ contract: "test/interop/tasks.yaml", out, machinery, check: true });
    t.deepEqual(drift, [], `npx machinery export go --contract test/interop/tasks.yaml --out ${out} --machinery ${machinery}`);
  });
}
