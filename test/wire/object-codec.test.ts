import test, { type ExecutionContext } from "ava";
import type { ResizeRequest } from "../../generated/types.js";
import { objects } from "../../generated/validators.js";
import { MachineryError } from "../../src/errors.js";
import { objectCodec } from "../../src/gen/v1/object-codec.js";
import type { Validator } from "../../src/gen/v1/task.js";

function refused(t: ExecutionContext, run: () => unknown, code: string, message: RegExp): void {
  const error = t.throws(run, { instanceOf: MachineryError });
  t.is(error?.code, code as never, error?.message);
  t.regex(error?.message ?? "", message);
}

const request: ResizeRequest = {
  image: { id: 9007199254740993n, size: { width: 640, height: 480 }, name: "a.png" },
  box: { width: 64, height: 64 },
  fit: "contain",
};
const text =
  '{"image":{"id":9007199254740993,"size":{"width":640,"height":480},"name":"a.png"},"box":{"width":64,"height":64},"fit":"contain"}';

const resize = objectCodec<ResizeRequest>(objects.ResizeRequest);
const anything = objectCodec<unknown>((() => true) as Validator);
const anyResult = objectCodec<unknown>((() => true) as Validator, "result");

test("an object is a string that holds its JSON, every digit kept", (t) => {
  t.is(resize.encode(request, "request"), JSON.stringify(text));
  const back = resize.decode(text, "request");
  t.is(back.image.id, 9007199254740993n);
  t.deepEqual(JSON.parse(JSON.stringify({ ...back, image: { ...back.image, id: 0 } })), {
    ...request,
    image: { ...request.image, id: 0 },
  });
});

test("what the contract calls int64 is a bigint, however small", (t) => {
  t.is(resize.decode(text.replace("9007199254740993", "5"), "request").image.id, 5n);
});

test("what does not fit the schema is refused, with its place", (t) => {
  refused(t, () => resize.encode({ ...request, fit: "crop" } as never, "request"), "ERR_ARG_VALUE", /request\/fit: /);
  refused(t, () => resize.encode({ ...request, box: undefined } as never, "request"), "ERR_ARG_VALUE", /request: .*box/);
  refused(
    t,
    () => resize.encode({ ...request, box: { width: 0, height: 1 } }, "requests", 2),
    "ERR_ARG_VALUE",
    /requests\[2\]\/box\/width: /,
  );
  refused(t, () => resize.decode(text.replace("9007199254740993", "9223372036854775808"), "r"), "ERR_ARG_VALUE", /r\/image\/id: /);
  refused(t, () => resize.decode(text.replace("9007199254740993", "1.5"), "r"), "ERR_ARG_VALUE", /r\/image\/id: /);
  refused(t, () => resize.decode(text.replace("640", "9007199254740993"), "r"), "ERR_ARG_VALUE", /r\/image\/size\/width: /);
});

test("an integer is plain digits and safe, as an argument's is", (t) => {
  for (const id of ["5.0", "5e0", "1e3"]) {
    refused(t, () => resize.decode(text.replace("9007199254740993", id), "r"), "ERR_ARG_VALUE", /r\/image\/id: /);
    refused(t, () => resize.decode(text.replace("640", id), "r"), "ERR_ARG_VALUE", /r\/image\/size\/width: /);
  }
  refused(t, () => resize.decode(text.replace("640", "1e+21"), "r"), "ERR_ARG_VALUE", /r\/image\/size\/width: /);
  const wide = { ...request, box: { width: 2 ** 53, height: 1 } };
  refused(t, () => resize.encode(wide, "r"), "ERR_ARG_VALUE", /r\/box\/width: /);
});

test("what is no string, or holds no JSON, is refused", (t) => {
  refused(t, () => anything.decode({ a: 1 }, "r"), "ERR_ARG_VALUE", /r: expected a string that holds JSON/);
  refused(t, () => anything.decode("{", "r"), "ERR_ARG_VALUE", /r: expected a string that holds JSON, got "{"/);
  refused(t, () => anyResult.decode("", "r"), "ERR_RESULT_VALUE", /r/);
});

test("keys that could reach a prototype are refused, both ways", (t) => {
  for (const json of ['{"__proto__":{"isAdmin":true}}', '{"a":[{"constructor":1}]}', '{"prototype":1.0}']) {
    refused(t, () => anything.decode(json, "r"), "ERR_ARG_KEY", /must not have the key/);
    refused(t, () => anything.encode(JSON.parse(json), "r"), "ERR_ARG_KEY", /must not have the key/);
    refused(t, () => anyResult.encode(JSON.parse(json), "r"), "ERR_RESULT_VALUE", /must not have the key/);
  }
  t.is(({} as { isAdmin?: boolean }).isAdmin, undefined);
});

test("objects come without a prototype", (t) => {
  const value = anything.decode('{"a":[{"toString":1}]}', "r") as { a: [object] };
  t.is(Object.getPrototypeOf(value), null);
  t.is(Object.getPrototypeOf(value.a[0]), null);
});

test("depth is limited both ways, and cycles end there", (t) => {
  const nest = (depth: number): unknown => (depth === 0 ? 1 : [nest(depth - 1)]);
  t.notThrows(() => anything.encode(nest(64), "r"));
  refused(t, () => anything.encode(nest(65), "r"), "ERR_ARG_DEPTH", /64/);
  refused(t, () => anyResult.encode(nest(2000), "r"), "ERR_RESULT_DEPTH", /64/);
  refused(t, () => anyResult.decode("[".repeat(20_000), "r"), "ERR_RESULT_DEPTH", /r/);
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  refused(t, () => anything.encode(cycle, "r"), "ERR_ARG_DEPTH", /64/);
});

test("what JSON cannot hold is refused; a field that is undefined is left out", (t) => {
  for (const value of [Number.NaN, () => 1, Symbol("s"), "\ud800", undefined]) {
    refused(t, () => anything.encode({ a: [value] }, "r"), "ERR_ARG_VALUE", /r\/a\/0/);
  }
  t.is(anything.encode({ a: undefined, b: 1 }, "r"), '"{\\"b\\":1}"');
});

test("numbers that no double writes back are numbers nevertheless", (t) => {
  t.deepEqual(
    { ...(anything.decode('{"a":1.0,"b":1e3,"c":1e21,"d":100000000000000000000000}', "r") as object) },
    { a: 1, b: 1000, c: 1e21, d: 1e23 },
  );
  refused(t, () => anything.decode('{"a":1e400}', "r"), "ERR_ARG_RANGE", /r\/a/);
});

test("what is sent is what was checked: the validator sees a copy, and may convert in it", (t) => {
  const twice: Validator = (data) => {
    (data as { n: unknown }).n = 2n;
    return true;
  };
  const own = { n: 1 };
  t.is(objectCodec<typeof own>(twice).encode(own, "r"), '"{\\"n\\":2}"');
  t.is(own.n, 1);
});
