import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { machinery } from "../cli/command.js";
import { temporaryFolder } from "../services/temporary-folder.js";
import { makeSecret } from "./secret.js";

const user = "somebody";
const secret = makeSecret(user);
const { encoded } = secret;
const login = `${user}:${encoded}@`;
const nobody = "127.0.0.1:1";

const urls = [
  `redis://${login}${nobody}`,
  `rediss://${login}${nobody}`,
  `redis://${login}${nobody},127.0.0.1:2`,
  `amqp://${login}${nobody}/`,
  `amqps://${login}${nobody}/;amqps://${login}127.0.0.1:2/`,
  `mongodb://${login}${nobody}/db?serverSelectionTimeoutMS=300`,
  `memcache://${login}${nobody}`,
  `amqp://${login}`,
  `kafka://${login}h`,
];

const commands = [
  ["worker"],
  ["send", "add", "1", "2"],
  ["result", "task_x"],
  ["cancel", "task_x"],
  ["pending"],
  ["delayed"],
  ["dead"],
  ["purge", "q", "--yes"],
];

for (const args of [
  ...urls.map((url) => ["doctor", "--broker", url]),
  ...commands.map((args) => [...args, "--broker", urls[0]!]),
]) {
  test.serial(
    `no password in what the command prints: ${args[0]}, ${args.at(-1)!.split("//")[0]} (${urls.indexOf(args.at(-1)!)})`,
    async (t) => {
      const { code, stdout, stderr } = await machinery([...args, "--verbose"], {
        env: { REDIS_CONNECT_TIMEOUT: "1", MACHINERY_LOG_LEVEL: "debug" },
      });
      t.not(code, 0);
      t.is(secret.foundIn(stdout + stderr), undefined, stdout + stderr);
      t.regex(stderr, /ERR_|error/);
    },
  );
}

test.serial(
  "no password in what the command prints of a configuration: of the environment, of a file, and of a file with mistakes",
  async (t) => {
    const folder = await temporaryFolder(t);
    const file = join(folder, "machinery.yml");
    const url = urls[0]!;
    const texts = [
      `broker: "${url}"\n`,
      `broker: "${url}"\nbroken\n`,
      `brokr: "${url}"\n`,
      `broker: [ "${url}" ]\n`,
      `broker: "${url}x:y"\n`,
    ];
    const outputs = [await machinery(["doctor", "--verbose"], { env: { BROKER: url, REDIS_CONNECT_TIMEOUT: "1" } })];
    for (const text of texts) {
      await writeFile(file, text);
      outputs.push(await machinery(["doctor", "--config", file, "--verbose"], { env: { REDIS_CONNECT_TIMEOUT: "1" } }));
    }
    for (const { code, stdout, stderr } of outputs) {
      t.not(code, 0);
      t.is(secret.foundIn(stdout + stderr), undefined, stdout + stderr);
    }
  },
);
