import { Script } from "../../redis/script.js";
import { buryAt, time } from "./script-parts.js";

/** Adds delayed messages. KEYS: delayed, its queues. ARGV: score, the queue if the message does not say it itself, body; and so on. */
export const delay = new Script(
  `
for i = 1, #ARGV, 3 do
  if ARGV[i + 1] ~= '' then redis.call('HSET', KEYS[2], redis.sha1hex(ARGV[i + 2]), ARGV[i + 1]) end
  redis.call('ZADD', KEYS[1], ARGV[i], ARGV[i + 2])
end
return #ARGV / 3
`,
  { needsRoom: true },
);

/**
 * What is due. KEYS: delayed, its queues, moving. ARGV: how many. Takes up again what somebody had begun to move and has not ended. Returns
 * {now, when the next one is due or '', bodies, queues of those that do not say it themselves}.
 */
export const due = new Script(`${time}
for _, body in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now)) do
  redis.call('ZADD', KEYS[1], 0, body)
  redis.call('ZREM', KEYS[3], body)
end
local ns = t[1] * 1000000000 + t[2] * 1000
local bodies = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ns, 'LIMIT', 0, ARGV[1])
local queues = {}
if #bodies > 0 and redis.call('EXISTS', KEYS[2]) == 1 then
  for i, body in ipairs(bodies) do queues[i] = redis.call('HGET', KEYS[2], redis.sha1hex(body)) or '' end
end
local following = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. string.format('%.0f', ns), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
return {string.format('%.0f', now), following[2] or '', bodies, queues}
`);

/**
 * Moves due messages to their queues: each that is still there, so that it goes one way only, whoever else moves it. KEYS: delayed, its
 * queues, dead, lists. ARGV: reason for what has no queue, as JSON; then the list's place (0: none) and the body of each. Returns how many.
 */
export const move = new Script(`${time}
local moved = 0
for i = 2, #ARGV, 2 do
  local place, body = tonumber(ARGV[i]), ARGV[i + 1]
  if redis.call('ZREM', KEYS[1], body) == 1 then
    moved = moved + 1
    if place > 0 then redis.call('RPUSH', KEYS[3 + place], body)
    else
      ${buryAt("KEYS[3]", "ARGV[1]", "body")}
    end
    redis.call('HDEL', KEYS[2], redis.sha1hex(body))
  end
end
return moved
`);

/**
 * The first of two phases, where the queues are in other slots: takes due messages aside. KEYS: delayed, moving. ARGV: for how long in ms;
 * bodies. Returns 1 or 0 for each.
 */
export const takeAside = new Script(`${time}
local out = {}
for i = 2, #ARGV do
  out[i - 1] = redis.call('ZREM', KEYS[1], ARGV[i])
  if out[i - 1] == 1 then redis.call('ZADD', KEYS[2], now + ARGV[1], ARGV[i]) end
end
return out
`);

/** The second: they have arrived. KEYS: its queues, moving. ARGV: bodies. */
export const arrived = new Script(`
for _, body in ipairs(ARGV) do
  redis.call('ZREM', KEYS[2], body)
  redis.call('HDEL', KEYS[1], redis.sha1hex(body))
end
return #ARGV
`);

/** Puts dead letters aside. KEYS: dead. ARGV: reason, as JSON; bodies. */
export const bury = new Script(`${time}
for i = 2, #ARGV do
  ${buryAt("KEYS[1]", "ARGV[1]", "ARGV[i]")}
end
return #ARGV - 1
`);

/** Deletes delayed messages. KEYS: delayed, its queues. ARGV: bodies. Returns how many. */
export const drop = new Script(`
local deleted = 0
for _, body in ipairs(ARGV) do
  deleted = deleted + redis.call('ZREM', KEYS[1], body)
  redis.call('HDEL', KEYS[2], redis.sha1hex(body))
end
return deleted
`);
