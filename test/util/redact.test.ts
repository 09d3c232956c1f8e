import test from "ava";
import { redact, redactText, redactUrl } from "../../src/util/redact.js";

const urls: [string, string][] = [
  ["amqp://guest:s3cret@localhost:5672/vhost", "amqp://***@localhost:5672/vhost"],
  ["redis://s3cret@localhost", "redis://***@localhost"],
  ["redis://:s3cret@[::1]:6379/1", "redis://***@[::1]:6379/1"],
  ["redis://localhost:6379/1", "redis://localhost:6379/1"],
  ["redis://[::1]:6379", "redis://[::1]:6379"],
  ["redis://h:99999", "redis://h:99999"],
  ["redis://s3cret@a:7000,b:7001,c:7002", "redis://***@a:7000,b:7001,c:7002"],
  ["redis+socket://s3cret@/run/redis.sock:/2", "redis+socket://***@/run/redis.sock:/2"],
  ["mongodb+srv://u:s3cret@cluster.example/db?retryWrites=true", "mongodb+srv://***@cluster.example/db?retryWrites=true"],
  ["mongodb://h/db?authToken=s3cret&w=1", "mongodb://h/db?authToken=***&w=1"],
  ["amqp://u:s3cret/s3cret#s3cret?s3cret@h/v", "amqp://***@h/v"],
  ["amqp://u:s3@cret@h", "amqp://***@h"],
  ["amqp://u:s3cret", "amqp://u:***"],
  ["amqp://u:s3cret/vhost", "amqp://u:***"],
  ["amqp://u:123#s3cret", "amqp://u:***"],
  ["amqp://u#s3cret", "amqp://u#***"],
  ["amqp:u:s3cret@h", "amqp:***@h"],
  ["u:s3cret@h:5672", "u:***@h:5672"],
  ["u@s3cret@h:5672", "***@h:5672"],
  ["amqp://u:s3cret@a;amqp://u:s3cret@b", "amqp://***@a;amqp://***@b"],
  ["amqp://a,amqp://u:s3cret@b", "amqp://***@b"],
  ["amqp://u:s3cret,amqp://s3cret@b", "amqp://***@b"],
  ["file:/home/me@work/.machinery", "file:/home/me@work/.machinery"],
  ["memory:", "memory:"],
  ["", ""],
];

for (const [url, shown] of urls) {
  test(`a URL is shown without its secrets: ${shown === "" ? "(empty)" : url.replaceAll("s3cret", "…")}`, (t) => {
    t.is(redactUrl(url), shown);
    t.false(redactUrl(url).includes("s3cret"));
  });
}

test("URLs and private keys within text are hidden", (t) => {
  t.is(redactText('dial "redis://:s3cret@h:6379" failed'), 'dial "redis://***@h:6379" failed');
  t.is(redactText("-----BEGIN RSA PRIVATE KEY-----\ns3cret\n-----END RSA PRIVATE KEY-----."), "***.");
  t.is(redactText("nothing to hide: a@b"), "nothing to hide: a@b");
});

test("a value's secrets are hidden by the name of their key", (t) => {
  const value = {
    password: "s3cret",
    nested: [{ Authorization: "s3cret", "x-api-key": "s3cret", accessToken: "s3cret", name: "kept" }],
    url: "amqp://u:s3cret@h",
    author: "kept",
  };
  t.deepEqual(JSON.parse(JSON.stringify(redact(value))), {
    password: "***",
    nested: [{ Authorization: "***", "x-api-key": "***", accessToken: "***", name: "kept" }],
    url: "amqp://***@h",
    author: "kept",
  });
});

test("an error keeps its message and code, and nothing that a client hung on it", (t) => {
  const error = Object.assign(new Error("connect redis://:s3cret@h failed", { cause: new TypeError("amqp://u:s3cret@h") }), {
    code: "ECONNREFUSED",
    command: { name: "auth", args: ["s3cret"] },
    input: "s3cret",
  });
  const shown = redact(error) as { type: string; message: string; code: string; cause: { type: string } };
  t.is(shown.type, "Error");
  t.is(shown.message, "connect redis://***@h failed");
  t.is(shown.code, "ECONNREFUSED");
  t.is(shown.cause.type, "TypeError");
  t.false(JSON.stringify(shown).includes("s3cret"));
});

test("objects of classes are named only, bytes counted, circles and depth cut, bigint written", (t) => {
  class Client {
    options = { pass: "s3cret" };
  }
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  t.is(redact(new Client()), "[Client]");
  t.is(redact(new Map([["a", "s3cret"]])), "[Map]");
  t.is(redact(Buffer.from("s3cret")), "6 bytes");
  t.is(redact(9007199254740993n), "9007199254740993");
  t.true(JSON.stringify(redact(circle)).length < 200);
  t.is((redact(Array.from({ length: 1000 }, () => 0)) as unknown[]).length, 101);
});

test("hostile keys and accessors cannot reach a prototype", (t) => {
  const hostile = JSON.parse('{"__proto__": {"isAdmin": true}, "constructor": 1}');
  const shown = redact(hostile) as { isAdmin?: boolean };
  t.is(shown.isAdmin, undefined);
  t.is(Object.getPrototypeOf(shown), Object.prototype);
});

test("long text is handled in linear time", (t) => {
  const text = `${"a".repeat(200_000)}://${"b:".repeat(200_000)}`;
  t.true(redactText(text).length > 0);
  t.true(redactText("-----BEGIN PRIVATE KEY-----".repeat(20_000)).length > 0);
});
