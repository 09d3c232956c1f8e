import test from "ava";
import fc from "fast-check";
import { parseServiceUrl, type ServiceUrl, splitUrls } from "../../src/config/url.js";
import { MachineryError } from "../../src/errors.js";

const nothing = { username: "", password: "", hosts: [], socket: "", path: "", options: {} };

function plain(url: string) {
  const { options, ...rest } = parseServiceUrl(url, "broker");
  return { ...rest, options: Object.fromEntries(options) };
}

const good: [string, Partial<Omit<ServiceUrl, "options">> & { options?: Record<string, string> }][] = [
  ["memory:", { scheme: "memory" }],
  ["memory:shop", { scheme: "memory", path: "shop" }],
  ["memory://shop", { scheme: "memory", path: "shop" }],
  ["file:.machinery", { scheme: "file", path: ".machinery" }],
  ["file:/var/lib/my queue%20s?sync=true", { scheme: "file", path: "/var/lib/my queue%20s", options: { sync: "true" } }],
  ["file:///var/lib/my%20queues", { scheme: "file", path: "/var/lib/my queues" }],
  ["redis://localhost", { scheme: "redis", hosts: [{ name: "localhost", port: 6379 }] }],
  ["REDIS://Localhost:7000/2", { scheme: "redis", hosts: [{ name: "localhost", port: 7000 }], path: "2" }],
  ["redis://pa55@h", { scheme: "redis", password: "pa55", hosts: [{ name: "h", port: 6379 }] }],
  ["redis://:pa55@h", { scheme: "redis", password: "pa55", hosts: [{ name: "h", port: 6379 }] }],
  ["rediss://me:pa%2F%40%C3%A9@h", { scheme: "rediss", username: "me", password: "pa/@é", hosts: [{ name: "h", port: 6379 }] }],
  ["redis://pa@55@h", { scheme: "redis", password: "pa@55", hosts: [{ name: "h", port: 6379 }] }],
  [
    "redis://pa55@a:7000,b,[::1]:7002",
    {
      scheme: "redis",
      password: "pa55",
      hosts: [
        { name: "a", port: 7000 },
        { name: "b", port: 6379 },
        { name: "::1", port: 7002 },
      ],
    },
  ],
  ["redis+socket:///run/redis.sock", { scheme: "redis+socket", socket: "/run/redis.sock" }],
  ["redis+socket://pa55@/run/redis.sock:/2", { scheme: "redis+socket", password: "pa55", socket: "/run/redis.sock", path: "2" }],
  [
    "amqp://guest:guest@localhost:5672/",
    { scheme: "amqp", username: "guest", password: "guest", hosts: [{ name: "localhost", port: 5672 }] },
  ],
  [
    "amqps://u:p:q@h/my%2Fhost?heartbeat=10",
    {
      scheme: "amqps",
      username: "u",
      password: "p:q",
      hosts: [{ name: "h", port: 5671 }],
      path: "my/host",
      options: { heartbeat: "10" },
    },
  ],
  [
    "memcache://a,b:1",
    {
      scheme: "memcache",
      hosts: [
        { name: "a", port: 11211 },
        { name: "b", port: 1 },
      ],
    },
  ],
  [
    "mongodb://u:p@a,b:2/db?replicaSet=rs0",
    {
      scheme: "mongodb",
      username: "u",
      password: "p",
      hosts: [
        { name: "a", port: 27017 },
        { name: "b", port: 2 },
      ],
      path: "db",
      options: { replicaSet: "rs0" },
    },
  ],
  ["mongodb+srv://u@h/db", { scheme: "mongodb+srv", username: "u", hosts: [{ name: "h", port: 0 }], path: "db" }],
];
for (const [url, expected] of good) {
  test(`${url} is taken apart`, (t) => t.deepEqual(plain(url), { ...nothing, ...expected } as ReturnType<typeof plain>));
}

const bad: [string, string, RegExp][] = [
  ["", "ERR_URL", /is empty/],
  [" \t\n", "ERR_URL", /is empty/],
  ["redis://h ", "ERR_URL", /white space/],
  ["redis://:s3c ret@h", "ERR_URL", /white space.*%20/],
  ["redis://:s3cret@h\n", "ERR_URL", /white space/],
  ["localhost:6379", "ERR_URL", /has no scheme/],
  ["broker", "ERR_URL", /has no scheme/],
  ["u:s3cret@h:5672", "ERR_URL", /has no scheme/],
  ["//h", "ERR_URL", /has no scheme/],
  ["amqp:u:s3cret@h", "ERR_URL", /lacks the \/\//],
  ["redis:/h", "ERR_URL", /lacks the \/\//],
  ["amqp://", "ERR_URL", /names no host/],
  ["amqp://u:s3cret@", "ERR_URL", /names no host/],
  ["amqp://u:s3cret@:5672", "ERR_URL", /names no host/],
  ["redis://a,,b", "ERR_URL", /names no host/],
  ["amqp://u:s3c/ret@h", "ERR_URL", /write \/ as %2F/],
  ["amqp://u:s3c#ret@h", "ERR_URL", /# as %23/],
  ["amqp://u:s3c?ret@h", "ERR_URL", /\? as %3F/],
  ["amqp://u:1/s3cret@h", "ERR_URL", /write \/ as %2F/],
  ["redis://:s3cret#", "ERR_URL", /# as %23/],
  ["amqp://u:s3cret%@h", "ERR_URL", /a % in its password .* %25/],
  ["amqp://u:s3cret%C3%28@h", "ERR_URL", /a % in its password/],
  ["amqp://u:s3cret@h/%zz", "ERR_URL", /a % in its path/],
  ["amqp://a,b", "ERR_URL", /several hosts.*multiple_broker_separator/],
  ["redis://a\\b", "ERR_URL", /host name/],
  ["redis://a|b", "ERR_URL", /host name/],
  ["redis://[::1", "ERR_URL_PORT", /./],
  ["redis+socket://s3cret@run/redis.sock", "ERR_URL", /no absolute path of a socket/],
  ["file:", "ERR_URL", /names no folder/],
  ["file://host/folder", "ERR_URL", /names no folder of this machine/],
  ["file:a\0b", "ERR_URL", /NUL/],
  [`redis://${"s3cret".repeat(1000)}@h`, "ERR_URL", /longer than 4096/],
  ["redis://h:99999", "ERR_URL_PORT", /redis:\/\/h:99999.*1 to 65535/],
  ["redis://h:0", "ERR_URL_PORT", /./],
  ["redis://h:", "ERR_URL_PORT", /./],
  ["redis://h:-1", "ERR_URL_PORT", /./],
  ["redis://me:s3cret", "ERR_URL_PORT", /there must be an @ before the host/],
  ["redis://a:1,b:x", "ERR_URL_PORT", /./],
  ["amqp://u:s3cret@h?heartbeat=abc", "ERR_URL_OPTION", /heartbeat must be a whole number/],
  ["amqp://u:s3cret@h?hartbeat=1", "ERR_URL_OPTION", /Did you mean "heartbeat"\?/],
  ["redis://h?password=s3cret", "ERR_URL_OPTION", /has no options/],
  ["file:x?sync=maybe", "ERR_URL_OPTION", /sync must be true or false/],
];
for (const [url, code, message] of bad) {
  test(`${JSON.stringify(url.slice(0, 60))} is refused with ${code}`, (t) => {
    const error = t.throws(() => parseServiceUrl(url, "broker"), { instanceOf: MachineryError });
    t.is(error.code, code as typeof error.code, error.message);
    t.regex(error.message, /^\[ERR_URL\w*\] broker: /);
    t.regex(error.message, message);
    t.false(/s3c|ret@/.test(error.message), error.message);
  });
}

const word = fc.string({ unit: fc.constantFrom(..."ab1:/#?@%,[]. \\&=;"), maxLength: 8 });

test("whatever a URL looks like, the password before its last @ is in no error", (t) => {
  const scheme = fc.constantFrom(
    "amqp://",
    "redis://",
    "rediss://",
    "redis+socket://",
    "mongodb://",
    "memcache://",
    "x://",
    "amqp:",
    "",
  );
  fc.assert(
    fc.property(scheme, word, word, word, word, (start, user, before, after, tail) => {
      try {
        parseServiceUrl(`${start}${user}:${before}s3cret${after}@h${tail}`, "broker");
      } catch (error) {
        t.false((error as Error).message.includes("s3cret"), (error as Error).message);
      }
    }),
    { numRuns: 3000 },
  );
  t.pass();
});

test("what was escaped comes back, whatever it is", (t) => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: "binary" }), fc.string({ minLength: 1, unit: "binary" }), (user, password) => {
      const url = parseServiceUrl(`amqp://${encodeURIComponent(user)}:${encodeURIComponent(password)}@h`, "broker");
      return url.username === user && url.password === password;
    }),
  );
  t.pass();
});

test("a separator splits AMQP URLs, and no others", (t) => {
  t.deepEqual(splitUrls("amqp://a;amqps://b", ";"), ["amqp://a", "amqps://b"]);
  t.deepEqual(splitUrls("amqp://a;amqps://b", ""), ["amqp://a;amqps://b"]);
  t.deepEqual(splitUrls("redis://a,b", ","), ["redis://a,b"]);
});
