/**
 * The least that machinery-ts's guarantees cost on Redis, by hand: `node redis-probe.js <url> <queue>`. The same bytes in the same batches:
 * a message is moved to its worker's list, its states are stored under guard and announced, and it is removed last. No validation, no
 * types, no other queue, no recovery.
 */
import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { Runs, serve, timed } from "./serve.js";

const [url, queue] = process.argv.slice(2) as [string, string];
const redis = new Redis(url);
const held = `${queue}:held`;
/** As many messages as a worker's overlapping batches hold. */
const BATCHES = 4;

redis.defineCommand("claim", {
  numberOfKeys: 2,
  lua: `local m = redis.call('LPOP', KEYS[1], ARGV[1]) if not m then return {} end redis.call('RPUSH', KEYS[2], unpack(m)) return m`,
});
const store = `
local function store(key, json)
  local before = redis.call('GET', key)
  if before and (string.find(before, '"State":"SUCCESS"', 1, true) or string.find(before, '"State":"FAILURE"', 1, true)) then return end
  redis.call('SET', key, json, 'PX', 600000)
end
`;
redis.defineCommand("begin", { lua: `${store} for i, key in ipairs(KEYS) do store(key, ARGV[i]) end` });
redis.defineCommand("finish", {
  lua: `${store} local n = #KEYS - 1 local told = {}
for i = 1, n do store(KEYS[i], ARGV[i]) told[i] = ARGV[i] end
redis.call('PUBLISH', ARGV[2 * n + 1], table.concat(told, '\\n'))
for i = 1, n do redis.call('LREM', KEYS[n + 1], 1, ARGV[n + i]) end`,
});
interface Scripts {
  claimBuffer(queue: string, held: string, count: number): Promise<Buffer[]>;
  begin(count: number, ...rest: (string | Buffer)[]): Promise<void>;
  finish(count: number, ...rest: (string | Buffer)[]): Promise<void>;
}
const scripts = redis as unknown as Scripts;

const state = (id: string, name: string, results = "null"): string =>
  `{"TaskUUID":"${id}","TaskName":"add","State":"${name}","Results":${results},"Error":"","CreatedAt":"2026-01-01T00:00:00.000Z"}`;

function message(i: number, id = `task_${randomUUID()}`): string {
  return (
    `{"UUID":"${id}","Name":"add","RoutingKey":"${queue}","ETA":null,"GroupUUID":"","GroupTaskCount":0,` +
    `"Args":[{"Name":"","Type":"int64","Value":1},{"Name":"","Type":"int64","Value":${i}}],"Headers":{"reply":"${held}"},"Priority":0,` +
    `"Immutable":false,"RetryCount":0,"RetryTimeout":0,"OnSuccess":null,"OnError":null,"ChordCallback":null}`
  );
}

const runs = new Runs();
let sent: string[] = [];

function run1({ Args }: { Args: readonly { Value: number }[] }): bigint {
  runs.add(Args[1]!.Value);
  return Args.reduce((sum, { Value }) => sum + BigInt(Value), 0n);
}

const idOf = (text: string): string => text.slice(9, text.indexOf('"', 9));

async function send(first: number, count: number): Promise<void> {
  const messages = Array.from({ length: count }, (_, i) => message(first + i));
  const pending = messages.map(idOf).map((id) => [id, state(id, "PENDING")]);
  const pipeline = redis.pipeline();
  for (const [id, json] of pending) pipeline.set(id!, json!, "PX", 600_000, "NX");
  pipeline.rpush(queue, ...messages);
  await pipeline.exec();
  sent.push(...pending.map(([id]) => id!));
}

async function run(count: number, most: number): Promise<number> {
  const bodies = await scripts.claimBuffer(queue, held, Math.min(count, most));
  if (bodies.length === 0) return 0;
  const parsed = bodies.map((body) => JSON.parse(body.toString()));
  const ids = parsed.map(({ UUID }) => UUID);
  await scripts.begin(ids.length, ...ids, ...ids.map((id) => state(id, "STARTED")));
  const sums = parsed.map(run1);
  const ended = ids.map((id, i) => state(id, "SUCCESS", `[{"Type":"int64","Value":${sums[i]}}]`));
  await scripts.finish(ids.length + 1, ...ids, held, ...ended, ...bodies, "told");
  return ids.length;
}

async function sendBatches(count: number, batch: number): Promise<{ ms: number }> {
  sent = [];
  const ms = await timed(async () => {
    for (let i = 0; i < count; i += batch) await send(i, Math.min(batch, count - i));
  });
  return { ms };
}

let working = false;

await serve({
  // What is asked for in one turn goes in one batch, as many clients do it.
  send: ({ count, inFlight }) => sendBatches(count, inFlight),
  sendBulk: ({ count, batch }) => sendBatches(count, batch),
  queued: async () => ({ count: await redis.llen(queue) }),
  drain: async ({ count, slots }) => ({
    ms: await timed(async () => {
      let ended = 0;
      const lane = async (): Promise<void> => {
        for (let n = 1; n > 0; ended += n) n = await run(count, slots / BATCHES);
      };
      await Promise.all(Array.from({ length: BATCHES }, lane));
      if (ended !== count) throw new Error(`${ended} of ${count} tasks have ended`);
    }),
  }),
  work: async () => {
    working = true;
    const waiting = redis.duplicate();
    void (async () => {
      while (working) {
        const body = await waiting.blmoveBuffer(queue, held, "LEFT", "RIGHT", 1);
        if (!body) continue;
        const text = body.toString();
        const id = idOf(text);
        await scripts.begin(1, id, state(id, "STARTED"));
        const results = `[{"Type":"int64","Value":${run1(JSON.parse(text))}}]`;
        await scripts.finish(2, id, held, state(id, "SUCCESS", results), body, "told");
      }
      waiting.disconnect();
    })();
    return {};
  },
  ran: async ({ count }) => ({ ran: runs.take(count) }),
  results: async ({ count }) => {
    const states = await redis.mget(sent);
    const right = (json: string | null, i: number) =>
      json?.includes(`"State":"SUCCESS","Results":[{"Type":"int64","Value":${i + 1}}]`);
    return { count: states.slice(0, count).filter(right).length };
  },
  clear: async () => {
    await redis.del(queue);
    return {};
  },
  roundTrips: async ({ count }) => {
    const told = redis.duplicate();
    await told.subscribe("told");
    const times: number[] = [];
    for (let i = 0; i < count; i++) {
      times.push(
        await timed(async () => {
          const answer = new Promise<string>((resolve) => told.once("message", (_, json) => resolve(json)));
          await send(i, 1);
          if (!(await answer).includes(`"Value":${i + 1}}]`)) throw new Error("a wrong sum");
        }),
      );
    }
    told.disconnect();
    return { times };
  },
});
working = false;
redis.disconnect();
