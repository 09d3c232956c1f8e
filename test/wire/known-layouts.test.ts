import test from "ava";
import fc from "fast-check";
import { parseJson, stringifyJson } from "../../src/wire/json.js";
import { KnownLayouts } from "../../src/wire/known-layouts.js";
import { defaultLimits } from "../../src/wire/limits.js";
import { vectors } from "./vectors.js";

const limits = defaultLimits;
const parse = (text: string) => parseJson(text, limits) as { [field: string]: any };
const read = (layouts: KnownLayouts, text: string, within = limits) => layouts.parse(Buffer.from(text), within)?.message;
const learned = (text: string): KnownLayouts => {
  const layouts = new KnownLayouts();
  layouts.learn(text, parse(text));
  return layouts;
};
const plain = '{"UUID":"task_1","Name":"add","Args":[{"Type":"int64","Value":1}],"Headers":null,"Immutable":false}';

test("a message that differs in UUID and arguments is read as the whole would be", (t) => {
  const layouts = learned(plain);
  const like = plain.replace("task_1", "task_2").replace('"Value":1', '"Value":9007199254740993');
  t.deepEqual(read(layouts, like), parse(like));
  t.is(read(layouts, like)?.UUID, "task_2");
});

test("the messages of Go are read so, or not known", (t) => {
  for (const { file, text } of vectors("message-")) {
    const message = read(learned(text), text);
    if (/chain|chord|callbacks|delayed/.test(file)) t.is(message, undefined, file);
    else t.is(stringifyJson(message as never), stringifyJson(parse(text)), file);
  }
});

test("what is not of the same layout is not known", (t) => {
  const layouts = learned(plain);
  for (const other of [
    plain.replace("add", "sub"),
    plain.replace("false", "true"),
    plain.replace("task_1", "task_\\u0031"),
    plain.replace("[{", "[{,"),
    plain.replace('"Value":1}]', '"Value":1}],"Headers":7'),
    plain.replace('"Args":[{"Type":"int64","Value":1}]', '"Args":'),
    ` ${plain}`,
    plain.slice(0, -1),
    "",
  ]) {
    t.is(read(layouts, other), undefined, other);
  }
});

test("Args further down are not taken for the message's own", (t) => {
  const text = '{"UUID":"a","X":{"Y":1,"Args":[1],"Headers":null},"Name":"add"}';
  t.is(read(learned(text), text), undefined);
  const hidden = '{"UUID":"a","Z":1,"Args":[{"b":1,"Headers":2}],"Headers":null}';
  t.is(read(learned(hidden), hidden), undefined);
});

test("of a key that a message has twice the last one counts, as in the whole", (t) => {
  for (const text of [
    '{"UUID":"a","UUID":"b","Name":"add","Args":[],"Headers":null}',
    '{"UUID":"a","Name":"add","Args":[],"Headers":null,"UUID":"b"}',
    '{"UUID":"a","Name":"add","Args":[],"Headers":null,"Args":[1]}',
    '{"UUID":"a","X":{"Y":1,"Args":[1],"Headers":null},"Args":"a"}',
    '{"UUID":"a","X":{"Y":1,"Args":[1],"Headers":null},"Args":"here"}',
  ]) {
    t.is(read(learned(text), text), undefined, text);
  }
});

test("limits hold for the message as a whole", (t) => {
  const layouts = learned(plain);
  const withArgs = (args: string) => plain.replace('[{"Type":"int64","Value":1}]', args);
  t.not(read(layouts, withArgs("[".repeat(10) + "]".repeat(10))), undefined);
  t.is(read(layouts, withArgs("[".repeat(64) + "]".repeat(64))), undefined);
  t.is(read(layouts, withArgs(`[1${",1".repeat(limits.maxValues - 2)}]`)), undefined);
  t.is(read(layouts, plain, { ...limits, maxDepth: 2 }), undefined);
});

test("what is done to one message shows in no other", (t) => {
  const text = plain.replace("null", '{"a":"b"}');
  const message = parse(text);
  const layouts = new KnownLayouts();
  layouts.learn(text, message);
  message.RoutingKey = "elsewhere";
  message.Args[0].Value = 7;
  t.deepEqual(read(layouts, text), parse(text));
  const nested = plain.replace("null", '{"a":["b"]}');
  t.is(read(learned(nested), nested), undefined);
});

test("long messages are not kept", (t) => {
  const long = plain.replace("null", `{"a":"${"b".repeat(4096)}"}`);
  t.is(read(learned(long), long), undefined);
});

test("whatever text is put into a layout, it is read as the whole, or not at all", (t) => {
  const layouts = learned(plain);
  const values = [...'{}[]",:\\ 0e.', '"Headers"', ',"Headers":null,"Immutable":false}', "null", '"a"', "[]"];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...values), { maxLength: 8 }), fc.string(), (parts, uuid) => {
      const text = plain.replace('[{"Type":"int64","Value":1}]', () => parts.join("")).replace("task_1", () => uuid);
      const message = read(layouts, text);
      if (message !== undefined) t.deepEqual(message, parse(text));
    }),
    { numRuns: 2000 },
  );
});

test("what is no UTF-8 is not known", (t) => {
  const layouts = learned(plain.replace('"Value":1', '"Value":"x"'));
  const like = Buffer.from(plain.replace('"Value":1', '"Value":"?"'));
  t.is(layouts.parse(like, limits)?.message.UUID, "task_1");
  like[like.indexOf("?")] = 0xff;
  t.is(layouts.parse(like, limits), undefined);
});

test("one layout after another is known", (t) => {
  const layouts = learned(plain);
  const other = plain.replace("add", "sub");
  layouts.learn(other, parse(other));
  for (const text of [plain, other, plain, plain, other]) t.deepEqual(read(layouts, text), parse(text));
});

test("it forgets rather than grow", (t) => {
  const layouts = new KnownLayouts();
  const one = (i: number) => plain.replace("add", `task${i}`);
  for (let i = 0; i < 600; i++) layouts.learn(one(i), parse(one(i)));
  t.is(read(layouts, one(0)), undefined);
  t.not(read(layouts, one(599)), undefined);
});
