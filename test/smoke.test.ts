import test from "ava";
import { errorCodes } from "machinery-ts";
import * as codegen from "machinery-ts-codegen";

test("packages resolve by name", (t) => {
  t.truthy(errorCodes.ERR_URL);
  t.truthy(codegen);
});
