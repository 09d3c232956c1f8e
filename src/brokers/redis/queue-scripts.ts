import { Script } from "../../redis/script.js";

/** KEYS: list, workers, dead. ARGV: what the workers' lists are called before the worker's name. Returns {pending, claimed, dead}. */
export const count = new Script(`
local claimed = 0
for _, worker in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do claimed = claimed + redis.call('LLEN', ARGV[1] .. worker) end
return {redis.call('LLEN', KEYS[1]), claimed, redis.call('LLEN', KEYS[3])}
`);

/**
 * Appends messages to queues, a few: of many the arguments alone would keep the server. KEYS: lists. ARGV: of each how many, and then so many
 * messages. Returns the place of each list that took none, and why; beside that, whether there is any.
 */
export const push = new Script(
  `
local at, failed = 1, {}
for place, list in ipairs(KEYS) do
  local count = tonumber(ARGV[at])
  local added = redis.pcall('RPUSH', list, unpack(ARGV, at + 1, at + count))
  if type(added) == 'table' then
    failed[#failed + 1] = place
    failed[#failed + 1] = added.err
  end
  at = at + 1 + count
end
return failed, #failed > 0
`,
  { needsRoom: true },
);

/** KEYS: a list. Returns how long it was. */
export const empty = new Script(`
local length = redis.call('LLEN', KEYS[1])
if length > 0 then redis.call('UNLINK', KEYS[1]) end
return length
`);

/** Puts the oldest dead letters back. KEYS: list, crashes, dead. ARGV: how many. Returns how many. */
export const redrive = new Script(`
local letters = redis.call('LPOP', KEYS[3], ARGV[1]) or {}
for _, letter in ipairs(letters) do
  local body = string.sub(letter, (string.find(letter, '\\n', 1, true) or 0) + 1)
  redis.call('RPUSH', KEYS[1], body)
  redis.call('HDEL', KEYS[2], redis.sha1hex(body))
end
return #letters
`);
