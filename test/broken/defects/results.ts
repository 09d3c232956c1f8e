import type { Defect } from "../defect.js";

const model = "whatever the order of steps, crashes and pauses*";
const storm = "a storm of chords*";

/** Of result backends: states that stay, and the gates of chords. */
export const resultDefects: readonly Defect[] = [
  {
    name: "an end may be overwritten (memory)",
    edits: [
      {
        source: "src/backends/memory/store.ts",
        text: 'if (entry.terminal || state === "PENDING")',
        broken: 'if (state === "PENDING")',
      },
    ],
    checks: [
      { file: "test/models/memory.test.ts", title: model },
      { file: "test/models/amqp.test.ts", title: model },
      { file: "test/chaos/duplicates.test.ts", title: "memory: a task that comes one to three times*" },
    ],
  },
  {
    name: "an end may be overwritten (file)",
    edits: [
      {
        source: "src/backends/file/states.ts",
        text: 'if (current !== undefined && (current.terminal || write.state === "PENDING")) {',
        broken: 'if (current !== undefined && write.state === "PENDING") {',
      },
    ],
    checks: [{ file: "test/models/file.test.ts", title: model }],
  },
  {
    name: "an end may be overwritten (Redis)",
    edits: [
      {
        source: "src/backends/redis/state-scripts.ts",
        text: "and not (before and (new or ended(before)))",
        broken: "and not (before and new)",
      },
    ],
    checks: [{ file: "test/models/redis.test.ts", title: model }],
  },
  {
    name: "a callback is sent when all members but one have ended (memory)",
    edits: [
      {
        source: "src/backends/memory/gate.ts",
        text: "if (this.#ended.size < count)",
        broken: "if (this.#ended.size < count - 1)",
      },
    ],
    checks: [{ file: "test/models/memory.test.ts", title: model }],
  },
  {
    name: "a callback is sent when all members but one have ended (Redis)",
    edits: [
      {
        source: "src/backends/redis/group-scripts.ts",
        text: "call('SCARD', done) < tonumber(count)",
        broken: "call('SCARD', done) < tonumber(count) - 1",
      },
    ],
    checks: [
      { file: "test/chaos/chord-storm-redis.test.ts", title: storm },
      { file: "test/models/redis.test.ts", title: model },
    ],
  },
  {
    name: "a callback is sent when all members but one have ended (file)",
    edits: [
      {
        source: "src/backends/file/groups.ts",
        text: 'if (ended < count) return "open";',
        broken: 'if (ended < count - 1) return "open";',
      },
    ],
    checks: [{ file: "test/models/file.test.ts", title: model }],
  },
  {
    name: "a member that ends twice counts twice (file)",
    edits: [
      {
        source: "src/backends/file/groups.ts",
        text: "this.#marks.doesExist(mark) ? gate.ended : gate.ended + 1;",
        broken: "gate.ended + 1;",
      },
    ],
    checks: [
      { file: "test/conformance/backend-file.test.ts", title: "file: the last member opens the gate*" },
      { file: "test/models/file.test.ts", title: model },
    ],
  },
  {
    name: "a callback goes out whoever has ended (Memcached)",
    edits: [
      {
        source: "src/backends/memcache/groups.ts",
        text: "      if (open !== -1) return false;\n",
        broken: "",
      },
    ],
    checks: [{ file: "test/chaos/chord-storm-memcache.test.ts", title: storm }],
  },
  {
    name: "a callback goes out whoever has ended (MongoDB)",
    edits: [
      {
        source: "src/backends/mongodb/roll-call.ts",
        text: "    return progress.left === 0;",
        broken: "    return progress.left >= 0;",
      },
    ],
    checks: [{ file: "test/chaos/chord-storm-mongodb.test.ts", title: storm }],
  },
  {
    name: "states never expire (Redis)",
    edits: [
      {
        source: "src/backends/redis/state-scripts.ts",
        text: "        call('SET', id, json, 'PX', ttl)\n",
        broken: "        call('SET', id, json)\n",
      },
    ],
    checks: [{ file: "test/chaos/redis-server.test.ts", title: "workers killed at random, and no key is left behind" }],
  },
];
