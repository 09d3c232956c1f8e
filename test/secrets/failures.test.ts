import test from "ava";
import { type Logger, Server, type ServerOptions } from "machinery-ts";
import { keepingLogger } from "../worker/stage.js";
import { everythingOf, makeSecret } from "./secret.js";

const user = "somebody";
const secret = makeSecret(user);
const { encoded, text } = secret;
const login = `${user}:${encoded}@`;

// A port on which nobody listens, and one at which nobody can.
const nobody = "127.0.0.1:1";
const soon = { redis: { connectTimeout: 1 } };

/** Settings with a password in each URL, of which none leads anywhere. */
const wrong: Record<string, ServerOptions> = {
  "redis: nobody listens": { broker: `redis://${login}${nobody}`, ...soon },
  "redis: the password alone": { broker: `redis://${encoded}@${nobody}`, ...soon },
  "redis: no such host": { broker: `redis://${login}nowhere.invalid`, ...soon },
  "redis: a cluster": { broker: `redis://${login}${nobody},127.0.0.1:2`, ...soon },
  "redis: sentinels": { broker: `redis://${login}${nobody}`, redis: { masterName: "mymaster", connectTimeout: 1 } },
  "redis: a socket": { broker: `redis+socket://${encoded}@/nowhere/redis.sock`, ...soon },
  "rediss: nobody listens": { broker: `rediss://${login}${nobody}`, ...soon },
  "redis: a port that is none": { broker: `redis://${login}h:99999` },
  "redis: options that it has not": { broker: `redis://${login}h?password=${encoded}` },
  "redis: not escaped": { broker: `redis://${user}:${text}@h` },
  "amqp: nobody listens": { broker: `amqp://${login}${nobody}/` },
  "amqp: no such host": { broker: `amqp://${login}nowhere.invalid/` },
  "amqp: several": { broker: `amqp://${login}${nobody};amqp://${login}127.0.0.1:2`, multipleBrokerSeparator: ";" },
  "amqp: several, and nobody says so": { broker: `amqp://${login}${nobody}/;amqp://${login}127.0.0.1:2/` },
  "amqps: nobody listens": { broker: `amqps://${login}${nobody}/` },
  "amqp: not escaped": { broker: `amqp://${user}:${text}@h` },
  "amqp: an option that is misspelt": { broker: `amqp://${login}h?heartbeat=10&passwrd=${encoded}` },
  "mongodb: nobody listens": {
    broker: "memory:",
    resultBackend: `mongodb://${login}${nobody}/db?serverSelectionTimeoutMS=300`,
  },
  "mongodb: several": {
    broker: "memory:",
    resultBackend: `mongodb://${login}${nobody},127.0.0.1:2/db?serverSelectionTimeoutMS=300&replicaSet=x`,
  },
  "mongodb: no such host": {
    broker: "memory:",
    resultBackend: `mongodb://${login}nowhere.invalid/db?serverSelectionTimeoutMS=300`,
  },
  "mongodb+srv: no such host": { broker: "memory:", resultBackend: `mongodb+srv://${login}nowhere.invalid/db` },
  "mongodb: properties of a login": {
    broker: "memory:",
    resultBackend: `mongodb://${login}h/db?authMechanismProperties=AWS_SESSION_TOKEN:${encoded}&authMechanism=x&x=1`,
  },
  "mongodb: an option that it has not": { broker: "memory:", resultBackend: `mongodb://${login}h/db?authMechanism=${encoded}` },
  "memcache: a password": { broker: "memory:", resultBackend: `memcache://${login}${nobody}` },
  "a scheme that nobody serves": { broker: `kafka://${login}h:9092` },
  "a scheme that is misspelt": { broker: `reddis://${login}h` },
  "no scheme": { broker: `${login}h:6379` },
  "no host": { broker: `redis://${login}` },
  "a lock": { broker: "memory:", lock: `redis://${login}h:99999` } as ServerOptions,
  "a separator that is in the password": { broker: `amqp://${user}:${text};${text}@h`, multipleBrokerSeparator: ";" },
};

for (const [what, options] of Object.entries(wrong)) {
  test(`no password in what is told of ${what}`, async (t) => {
    t.timeout(60_000);
    const { logger, lines } = keepingLogger();
    const told: unknown[] = [];
    const warn = (warning: Error) => told.push(warning);
    process.setMaxListeners(100).on("warning", warn);
    t.teardown(() => process.off("warning", warn));
    const error = await failureOf(options, logger);
    for (const [where, output] of [
      ["the error", everythingOf(error)],
      ["the log", JSON.stringify(lines)],
      ["a warning", told.map(everythingOf).join("\n")],
    ] as const) {
      t.is(secret.foundIn(output), undefined, `${where}: ${output.slice(0, 2_000)}`);
    }
  });
}

/** What connecting, or else using what was connected to, ends with. */
async function failureOf(options: ServerOptions, logger: Logger): Promise<unknown> {
  try {
    await using server = await Server.connect({ ...options, logger });
    const result = server.asyncResult("task_of_nobody");
    return [await result.getState(), server];
  } catch (error) {
    return error;
  }
}

test("a password is found in whatever form it stands", (t) => {
  const hidden = (output: string) => secret.foundIn(output) !== undefined;
  t.true(hidden(text));
  t.true(hidden(encoded));
  t.true(hidden(JSON.stringify({ url: `redis://${login}h` })));
  t.true(hidden(Buffer.from(`${user}:${text}`).toString("base64")));
  t.true(hidden(Buffer.from(`\0${user}\0${text}`).toString("base64")));
  t.true(hidden(everythingOf(new Error("outer", { cause: Object.assign(new Error("inner"), { args: [text] }) }))));
  t.false(hidden("redis://***@h"));
});
