import test from "ava";
import { goFiles } from "machinery-ts-codegen";
import { modelOf } from "../emit/project.js";

const contract = (tasks: object, $defs: object = {}) => ({ contract: "1", package: "example", tasks, $defs });

function text(parts: object): string {
  return [...goFiles(modelOf(parts), "v2").values()].join("\n");
}

test("a task gets a sender, a signature, a method and its registration, under exported names", (t) => {
  const code = text(
    contract({ sum_ints: { args: [{ name: "some_numbers", type: "[]int64" }], returns: [{ name: "sum", type: "int64" }] } }),
  );
  t.regex(code, /^func SendSumInts\(server \*machinery\.Server, someNumbers \[\]int64\) \(\*result\.AsyncResult, error\) \{$/m);
  t.regex(code, /^func SumIntsSignature\(someNumbers \[\]int64\) \*tasks\.Signature \{$/m);
  t.regex(code, /^\tSumInts\(ctx context\.Context, someNumbers \[\]int64\) \(int64, error\)$/m);
  t.regex(code, /^\tnamed\["sum_ints"\] = handlers\.SumInts$/m);
  t.regex(code, /Name: "some_numbers", Type: "\[\]int64", Value: someNumbers/);
});

test("names without a letter at the start, and words of Go, become names that Go takes", (t) => {
  const code = text(contract({ _1: { args: ["_", "func", "string", "ctx"].map((name) => ({ name, type: "bool" })) } }));
  t.regex(code, /^func SendX1\(server \*machinery\.Server, x bool, funcArg bool, stringArg bool, ctxArg bool\)/m);
});

for (const [what, tasks, defs, name] of [
  ["two tasks", { a_b: {}, aB: {} }, {}, "ABSignature"],
  ["a task and a type", { a: {} }, { ASignature: { type: "object" } }, "ASignature"],
  ["a type and the interface of handlers", { a: {} }, { RegisterTasks: { type: "object" } }, "RegisterTasks"],
  [
    "a type and one that is made for a field",
    { a: {} },
    { AB: { type: "object" }, A: { type: "object", properties: { b: { type: "object", properties: {} } } } },
    "AB",
  ],
] as const) {
  test(`${what} that would have one name in Go are refused`, (t) => {
    const error = t.throws(() => text(contract(tasks, defs)), { name: "GenerateError" });
    t.regex(
      error.message,
      new RegExp(`^\\[ERR_GO_NAME\\] .* would both be ${name} in Go\\. Rename one of them in the contract\\.$`),
    );
  });
}

for (const [name, go] of [
  ["images", "images"],
  ["acme.billing-v2", "acmebillingv2"],
  ["main", "maintasks"],
  ["func", "functasks"],
] as const) {
  test(`the package ${name} is ${go} in Go`, (t) => {
    t.regex(text({ ...contract({ a: {} }), package: name }), new RegExp(`^package ${go}$`, "m"));
  });
}
