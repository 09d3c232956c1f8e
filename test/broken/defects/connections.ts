import type { Defect } from "../defect.js";

const harmed = "connections that are slow, split, corrupted, cut, held or refused";
const silence = "a server that falls silent keeps nobody waiting for ever";
const tls = "a server's certificate is checked";

/** Of connections: that they come back, that nothing waits for ever, and that they lead to the right server. */
export const connectionDefects: readonly Defect[] = [
  {
    name: "a connection to Redis that breaks does not come back",
    edits: [
      {
        source: "src/redis/connection.ts",
        text: "          failures = 0;\n        });\n",
        broken: "          failures = 0;\n        });\n        return;\n",
      },
    ],
    checks: [{ file: "test/chaos/connections.test.ts", title: `redis: ${harmed}` }],
  },
  {
    name: "a process ends where Redis cannot be reached again at once",
    edits: [
      {
        source: "src/redis/connection.ts",
        text: "if (waiter.impatient) waiter.reject(error);\n",
        broken: "if (waiter.impatient) waiter.reject(error);\n        throw error;\n",
      },
    ],
    checks: [{ file: "test/chaos/redis-failover.test.ts", title: "all servers are away for a while*" }],
  },
  {
    name: "the new master is not followed at once",
    edits: [
      {
        source: "src/redis/master-watch.ts",
        text: "if (name === options.masterName) onSwitch(",
        broken: 'if (name === "") onSwitch(',
      },
    ],
    checks: [{ file: "test/brokers/redis-sentinel.test.ts", title: "behind sentinels, what is sent goes to the new master*" }],
  },
  {
    name: "claims are not compared after a reconnect",
    edits: [
      {
        source: "src/brokers/redis/consumer.ts",
        text: "      this.#comparedAt = 0;\n",
        broken: "",
      },
    ],
    checks: [{ file: "test/brokers/redis-server.test.ts", title: "a server that comes back with less than it had*" }],
  },
  {
    name: "a connection to RabbitMQ that breaks does not come back",
    edits: [
      {
        source: "src/amqp/connection.ts",
        text: "      await this.#stand(model);\n      model = undefined;\n",
        broken: "      await this.#stand(model);\n      return;\n",
      },
    ],
    checks: [{ file: "test/chaos/connections.test.ts", title: `amqp: ${harmed}` }],
  },
  {
    name: "a question to Memcached waits as long as it takes",
    edits: [
      {
        source: "src/backends/memcache/connection.ts",
        text: "else this.break(new Error(",
        broken: "else if (left > 1e9) this.break(new Error(",
      },
    ],
    checks: [{ file: "test/chaos/connections.test.ts", title: `memcache: ${silence}` }],
  },
  {
    name: "a question to Redis waits as long as it takes",
    edits: [
      {
        source: "src/redis/shared-link.ts",
        text: "if (!options.cluster) return new Redis({ ...clientOptions(options), socketTimeout: options.answerMs });",
        broken: "if (!options.cluster) return new Redis(clientOptions(options));",
      },
    ],
    checks: [{ file: "test/chaos/connections.test.ts", title: `redis: ${silence}` }],
  },
  {
    name: "any certificate is good (Redis)",
    edits: [{ source: "src/redis/options.ts", text: "rejectUnauthorized: !insecure,", broken: "rejectUnauthorized: false," }],
    checks: [{ file: "test/tls/redis.test.ts", title: `redis: ${tls}` }],
  },
  {
    name: "any certificate is good (RabbitMQ)",
    edits: [{ source: "src/amqp/endpoint.ts", text: "rejectUnauthorized: !insecure,", broken: "rejectUnauthorized: false," }],
    checks: [{ file: "test/tls/amqp.test.ts", title: `amqp: ${tls}` }],
  },
  {
    name: "any certificate is good (MongoDB)",
    edits: [
      {
        source: "src/config/mongodb.ts",
        text: "...(insecureTls && { tlsAllowInvalidCertificates: true }),",
        broken: "tlsAllowInvalidCertificates: true,",
      },
    ],
    checks: [{ file: "test/tls/mongodb.test.ts", title: `mongodb: ${tls}` }],
  },
];
