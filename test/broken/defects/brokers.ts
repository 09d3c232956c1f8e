import type { Defect } from "../defect.js";

const model = "whatever the order of steps, crashes and pauses*";
const killed = "workers killed at random";

/** Of brokers: claims, leases, delays, and what they keep. */
export const brokerDefects: readonly Defect[] = [
  {
    name: "nobody takes back what the dead hold (file)",
    edits: [
      {
        source: "src/brokers/file/reaper.ts",
        text: "for (const { number, beat } of this.#findDead()) this.#reap(number, beat);",
        broken: "this.#findDead();",
      },
    ],
    checks: [
      { file: "test/chaos/file.test.ts", title: killed },
      { file: "test/models/file.test.ts", title: model },
    ],
  },
  {
    name: "nobody takes back what the dead hold (Redis)",
    edits: [
      {
        source: "src/brokers/redis/lease.ts",
        text: "    this.#looking ??= this.#reapAll()\n      .catch(() => {})",
        broken: "    this.#looking ??= Promise.resolve()\n      .catch(() => this.#reapAll())",
      },
    ],
    checks: [
      { file: "test/chaos/redis.test.ts", title: killed },
      { file: "test/chaos/redis-everysec.test.ts", title: "a Redis that writes to its disk every second*" },
      { file: "test/models/redis.test.ts", title: model },
    ],
  },
  {
    name: "the living are taken for dead before their lease ends (file)",
    edits: [
      {
        source: "src/brokers/file/reaper.ts",
        text: "return ++seen.looks * this.#lookMs >= leaseMs;",
        broken: "return ++seen.looks * this.#lookMs >= leaseMs / 1e9;",
      },
    ],
    checks: [{ file: "test/chaos/file.test.ts", title: killed }],
  },
  {
    name: "the living are taken for dead before their lease ends (Redis)",
    edits: [
      {
        source: "src/brokers/redis/lease-scripts.ts",
        text: "redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now)",
        broken: "redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', '+inf')",
      },
    ],
    checks: [
      { file: "test/chaos/pauses.test.ts", title: "a Redis that stands still*" },
      { file: "test/chaos/redis.test.ts", title: killed },
    ],
  },
  {
    name: "what the dead held comes back twice (file)",
    edits: [
      {
        source: "src/brokers/file/tables.ts",
        text: "      this.append(value, (key as number[])[1]!);\n      queues.add(",
        broken:
          '      this.append(value, (key as number[])[1]!);\n      if (crashed) this.append(value, this.nextNumber("sequence", 1));\n      queues.add(',
      },
    ],
    checks: [
      { file: "test/conformance/broker-file.test.ts", title: "file: a dead consumer's message*" },
      { file: "test/models/file.test.ts", title: model },
    ],
  },
  {
    name: "leases go by the workers' clocks",
    edits: [
      {
        source: "src/brokers/redis/lease-scripts.ts",
        text: "for _, workers in ipairs(KEYS) do redis.call('ZADD', workers, now + ARGV[2], ARGV[1]) end",
        broken: "for _, workers in ipairs(KEYS) do redis.call('ZADD', workers, ARGV[2], ARGV[1]) end",
      },
      {
        source: "src/brokers/redis/lease.ts",
        text: 'const args = [name, leaseMs, ...(isNew ? ["new"] : [])];',
        broken: 'const args = [name, this.#clock.now() + leaseMs, ...(isNew ? ["new"] : [])];',
      },
    ],
    checks: [{ file: "test/chaos/clocks.test.ts", title: "redis: processes whose clocks are ten minutes apart*" }],
  },
  {
    name: "a claim is good for whoever names it, though another holds it (memory)",
    edits: [
      {
        source: "src/brokers/memory/consumer.ts",
        text: "if (!(entry instanceof Entry) || entry.holder !== this) {",
        broken: "if (!(entry instanceof Entry)) {",
      },
    ],
    checks: [{ file: "test/models/memory.test.ts", title: model }],
  },
  {
    name: "deaths over a message are not counted",
    edits: [
      {
        source: "src/brokers/redis/lease-scripts.ts",
        text: "redis.call('HINCRBY', KEYS[3], redis.sha1hex(body), 1)",
        broken: "redis.call('HINCRBY', KEYS[3], redis.sha1hex(body), 0)",
      },
    ],
    checks: [{ file: "test/chaos/redis.test.ts", title: "tasks that kill their workers" }],
  },
  {
    name: "messages are out for RabbitMQ as soon as it sends them",
    edits: [
      {
        source: "src/brokers/amqp/consumer.ts",
        text: "    for (const claim of claims) this.#held.add(claim);\n",
        broken: "    for (const claim of claims) this.#held.add(claim);\n    this.#acknowledge(claims);\n",
      },
      {
        source: "src/brokers/amqp/consumer.ts",
        text: "    this.#acknowledge(ended);\n",
        broken: "",
      },
    ],
    checks: [
      { file: "test/models/amqp.test.ts", title: model },
      { file: "test/chaos/amqp.test.ts", title: killed },
      { file: "test/chaos/amqp-server.test.ts", title: "workers killed at random, and RabbitMQ too" },
    ],
  },
  {
    name: "each death of RabbitMQ counts against what waits there",
    edits: [
      {
        source: "src/brokers/amqp/arrivals.ts",
        text: "const isDeath = last === undefined || current === undefined || last === current;",
        broken: "const isDeath = last !== null;",
      },
    ],
    checks: [
      {
        file: "test/brokers/amqp-faults.test.ts",
        title: "that RabbitMQ was killed does not count as a death of who held a message*",
      },
    ],
  },
  {
    name: "RabbitMQ is not told to keep messages on disk",
    edits: [{ source: "src/brokers/amqp/message-options.ts", text: "    persistent: true,\n", broken: "    persistent: false,\n" }],
    checks: [{ file: "test/chaos/amqp-server.test.ts", title: "workers killed at random, and RabbitMQ too" }],
  },
  {
    name: "delays rest in classic queues, which let go of a message before the next one has it",
    edits: [
      {
        source: "src/brokers/amqp/ladder-steps.ts",
        text: '"x-queue-type": "quorum",',
        broken: '"x-queue-type": "classic",',
      },
      {
        source: "src/brokers/amqp/ladder-steps.ts",
        text: `        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
`,
        broken: "",
      },
    ],
    checks: [{ file: "test/chaos/amqp-delays.test.ts", title: "RabbitMQ killed while delayed messages wait*" }],
  },
  {
    name: "a delayed message is published at once",
    edits: [{ source: "src/brokers/amqp/copies.ts", text: "if (!(ms > 0)) return {", broken: "if (ms !== null) return {" }],
    checks: [{ file: "test/chaos/amqp-delays.test.ts", title: "RabbitMQ killed while delayed messages wait*" }],
  },
  {
    name: "the mover loses what it moves (Redis)",
    edits: [
      {
        source: "src/brokers/redis/delayed-scripts.ts",
        text: "if place > 0 then redis.call('RPUSH', KEYS[3 + place], body)",
        broken: "if place > 0 then body = body",
      },
    ],
    checks: [{ file: "test/chaos/fleets.test.ts", title: "redis: two fleets*" }],
  },
  {
    name: "what was under way when a connection broke is not sent again (RabbitMQ)",
    edits: [
      {
        source: "src/amqp/publisher.ts",
        text: "else if (!letter.answered) this.#waiting.unshift(letter);",
        broken: "",
      },
    ],
    checks: [{ file: "test/chaos/amqp-replies.test.ts", title: "the reply to messages is lost" }],
  },
  {
    name: "messages are sent to a RabbitMQ that has said that it takes none",
    edits: [
      {
        source: "src/amqp/publisher.ts",
        text: "      if (this.#connection.blocked !== undefined) return;\n",
        broken: "",
      },
    ],
    checks: [{ file: "test/chaos/disk-full.test.ts", title: "a RabbitMQ without room on its disk*" }],
  },
  {
    name: "what is sent counts as sent though no answer came (Redis)",
    edits: [
      {
        source: "src/brokers/redis/publisher.ts",
        text: 'if (result.status === "rejected") fail(',
        broken: 'if (result.status === "rejected" && result.reason.code !== "ERR_AMBIGUOUS") fail(',
      },
    ],
    checks: [{ file: "test/chaos/redis-replies.test.ts", title: "tasks that follow never reach the server" }],
  },
  {
    name: "what is published counts as sent before RabbitMQ says so",
    edits: [
      {
        source: "src/amqp/publisher.ts",
        text: "      letter.sent = true;\n",
        broken: "      letter.sent = true;\n      this.#answer(letter, published);\n",
      },
    ],
    checks: [{ file: "test/chaos/amqp-replies.test.ts", title: "messages never reach the server" }],
  },
];
