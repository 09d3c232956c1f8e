import test from "ava";
import { routingKeyOf } from "../../src/wire/routing-key.js";
import { vector } from "./vectors.js";

const read = (text: string): string | undefined => routingKeyOf(Buffer.from(text));

test("the queue that a message of Go's names", (t) => {
  t.is(read(vector("message-delayed.json")), "vec");
});

test("a message without one names none, and what is no message has none to name", (t) => {
  t.is(read('{"Name":"add"}'), "");
  t.is(read('{"Name":"add","RoutingKey":7}'), "");
  t.is(read('{"Name":"add","RoutingKey":"images"}'), "images");
  for (const text of ["", "null", "[]", '"x"', "{", "{}", '{"RoutingKey":"images"}', "\xff"]) t.is(read(text), undefined, text);
});
