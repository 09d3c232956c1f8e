import test from "ava";
import { goFiles } from "machinery-ts-codegen";
import { lines, modelOf, withTasks } from "../codegen/contract-lines.js";
import { built, filesOf } from "../codegen/emit/project.js";

const renamed = withTasks("total:\n  aliases: [sum_all]\n  args: [{ name: terms, type: int64, variadic: true }]\n");

function message(Name: string): object {
  return { UUID: "task_1", Name, Args: [{ Name: "", Type: "int64", Value: 1 }] };
}

test("workers take a task by its former names, too", async (t) => {
  const load = await built(t, await filesOf(renamed));
  const { dispatch } = await load("dispatch.js");
  const table = dispatch({ total: () => {} });
  t.deepEqual([...table.keys()], ["total", "sum_all"]);
  const { definition } = table.get("sum_all");
  t.is(definition, table.get("total").definition);
  t.true(definition.validate(message("total")));
  t.true(definition.validate(message("sum_all")));
  t.false(definition.validate(message("sum")));
});

test("so do workers in Go", (t) => {
  const handlers = goFiles(modelOf(renamed), "v2").get("handlers.go")!;
  t.regex(handlers, /^\tnamed\["total"\] = handlers\.Total\n\tnamed\["sum_all"\] = named\["total"\]$/m);
});

test("a former name leads to one thing", (t) => {
  t.deepEqual(lines(withTasks("a: { aliases: [b] }\nb: {}\nc: { aliases: [x] }\nd: { aliases: [x] }\n")), [
    '4:18 /tasks/a/aliases/0 [ERR_NAME_COLLISION] "b" is a name in use, in line 5. A former name leads to one thing only: remove it here or there.',
    '7:18 /tasks/d/aliases/0 [ERR_NAME_COLLISION] "x" is a name in use, in line 6. A former name leads to one thing only: remove it here or there.',
  ]);
  t.deepEqual(
    lines(withTasks("a: { args: [{ name: x, type: bool }, { name: y, type: bool, aliases: [x] }] }\n")).map((line) =>
      line.slice(0, 58),
    ),
    ['4:73 /tasks/a/args/1/aliases/0 [ERR_NAME_COLLISION] "x" is'],
  );
});

test("a reserved name is not used again", (t) => {
  const reserved = "reserved: { tasks: [gone, former], fields: { A: [quality] } }\n";
  const text = withTasks("gone: {}\na: { aliases: [former] }\n");
  const types = "$defs:\n  A: { type: object, properties: { quality: { type: string } } }\n";
  t.deepEqual(
    lines(`${text}${reserved}${types}`).map((line) => line.split(": it was")[0]),
    [
      '4:3 /tasks/gone [ERR_RESERVED] "gone" is reserved',
      '5:18 /tasks/a/aliases/0 [ERR_RESERVED] "former" is reserved',
      '8:36 /$defs/A/properties/quality [ERR_RESERVED] "quality" is reserved',
    ],
  );
  t.deepEqual(lines(`${withTasks("a: {}\n")}${reserved}`), []);
});

test("names on the wire with their package are reserved as such", (t) => {
  const text = withTasks("a: {}\n");
  t.deepEqual(lines(`${text}wire_names: package\nreserved: { tasks: [a] }\n`), []);
  t.is(lines(`${text}wire_names: package\nreserved: { tasks: [test.a] }\n`).length, 1);
});
