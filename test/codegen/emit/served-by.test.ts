import test from "ava";
import { built, filesOf } from "./project.js";

const contract = {
  contract: "1",
  package: "p",
  tasks: { ours: {}, theirs: { policy: { served_by: "go v2.0.13" } } },
};

test("a task that Go serves needs no handler, and may have one", async (t) => {
  const load = await built(t, await filesOf(contract));
  const { dispatch } = await load("dispatch.js");
  const handler = () => {};
  t.deepEqual([...dispatch({ ours: handler }).keys()], ["ours"]);
  t.deepEqual([...dispatch({ ours: handler, theirs: handler }).keys()], ["ours", "theirs"]);
  t.throws(() => dispatch({ theirs: handler }), { message: /^\[ERR_HANDLER_MISSING\] ours: the handler is missing\./ });
  t.throws(() => dispatch({ ours: handler, theirs: 1 }), { message: /^\[ERR_HANDLER_MISSING\] theirs: the handler is a number\./ });
});

test("its handler is optional in the interface, and what serves it stands in the policy", async (t) => {
  const files = await filesOf(contract);
  t.regex(
    files.get("dispatch.ts")!,
    /^ {2}readonly ours: \(\) => void \| Promise<void>;\n {2}readonly theirs\?: \(\) => void \| Promise<void>;$/m,
  );
  t.regex(files.get("definitions.ts")!, /servedBy: "go v2\.0\.13"/);
});
