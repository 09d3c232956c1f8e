import { Script } from "../../redis/script.js";
import { buryAt, crashesLast, lazyTime, time } from "./script-parts.js";

/** How messages come to a worker, and how its claims end. Payloads are moved as they are: Lua never decodes one. */

/**
 * Moves messages from the heads of queues to the worker's lists, the queues taking turns message by message. KEYS: list, held, workers,
 * crashes of each queue. ARGV: worker, how many, whose turn it is, lease in ms. Returns {0} if the worker was taken for dead; else {1, turn,
 * queues, crashes, bodies}, without queues if there is only one, and without crashes if there are none.
 */
export const claim = new Script(`${time}
local n, max, turn = #KEYS / 4, tonumber(ARGV[2]), tonumber(ARGV[3])
local late = {}
for q = 0, n - 1 do
  local lease = redis.call('ZSCORE', KEYS[q * 4 + 3], ARGV[1])
  if not lease or tonumber(lease) < 0 then return {0} end
  if tonumber(lease) < now then late[#late + 1] = KEYS[q * 4 + 3] end
end
local queues, bodies, crashes = {}, {}, {}
if n == 1 then
  bodies = redis.call('LPOP', KEYS[1], max) or {}
  for i = 1, #bodies, 1000 do redis.call('RPUSH', KEYS[2], unpack(bodies, i, math.min(i + 999, #bodies))) end
else
  local misses = 0
  while #bodies < max and misses < n do
    local body = redis.call('LPOP', KEYS[turn * 4 + 1])
    if body then
      redis.call('RPUSH', KEYS[turn * 4 + 2], body)
      bodies[#bodies + 1] = body
      queues[#queues + 1] = turn
      misses = 0
    else
      misses = misses + 1
    end
    turn = (turn + 1) % n
  end
end
for _, workers in ipairs(late) do redis.call('ZADD', workers, now + ARGV[4], ARGV[1]) end
for q = 0, n - 1 do
  local key = KEYS[q * 4 + 4]
  if #bodies > 0 and redis.call('EXISTS', key) == 1 then
    for i, body in ipairs(bodies) do
      if n == 1 or queues[i] == q then crashes[i] = tonumber(redis.call('HGET', key, redis.sha1hex(body)) or 0) end
    end
  end
end
if #crashes > 0 or next(crashes) then
  for i = 1, #bodies do crashes[i] = crashes[i] or 0 end
end
return {1, turn, queues, crashes, bodies}
`);

/** What a worker holds on the server. KEYS: held, crashes. Returns {crashes, bodies}; without crashes if there are none. */
export const adopt = new Script(`
local bodies = redis.call('LRANGE', KEYS[1], 0, -1)
local crashes = {}
if #bodies > 0 and redis.call('EXISTS', KEYS[2]) == 1 then
  for i, body in ipairs(bodies) do crashes[i] = tonumber(redis.call('HGET', KEYS[2], redis.sha1hex(body)) or 0) end
end
return {crashes, bodies}
`);

/**
 * Ends claims, in order. KEYS: list, held, workers, crashes, dead of each queue; then delayed and its queues, where there may be delays. ARGV:
 * worker, number of queues; then for each claim what is to become of it, a letter and the queue's place and, after a colon, its
 * crashes if there are any; its body; and
 *   a  nothing more: it is done
 *   r  nothing more: back to the head
 *   d  the reason, as JSON
 *   z  the score (none: it was added elsewhere), the queue if the message does not say it itself, the new body if there is one
 * Returns {whether the worker is known, 1 or 0 for each claim that was or was not there}.
 */
export const settle = new Script(`${lazyTime}
local n = tonumber(ARGV[2])
local known = 1
for q = 0, n - 1 do
  local lease = redis.call('ZSCORE', KEYS[q * 5 + 3], ARGV[1])
  if not lease or tonumber(lease) < 0 then known = 0 end
end
local out = {known}
local i = 3
while i <= #ARGV do
  local head, body = ARGV[i], ARGV[i + 1]
  local op, colon = string.sub(head, 1, 1), string.find(head, ':', 2, true)
  local place, crashes = string.sub(head, 2, (colon or 0) - 1), colon and string.sub(head, colon + 1) or ''
  local q = place * 5
  local found = redis.call('LREM', KEYS[q + 2], 1, body)
  out[#out + 1] = found
  i = i + 2
  local kept = body
  if op == 'r' then
    if found == 1 then redis.call('LPUSH', KEYS[q + 1], body) end
  elseif op == 'd' then
    if found == 1 then
      ${buryAt("KEYS[q + 5]", "ARGV[i]", "body", "now()")}
    end
    i = i + 1
  elseif op == 'z' then
    if ARGV[i + 2] ~= '' then kept = ARGV[i + 2] end
    if found == 1 and ARGV[i] ~= '' then
      redis.call('ZADD', KEYS[n * 5 + 1], ARGV[i], kept)
      if ARGV[i + 1] ~= '' then redis.call('HSET', KEYS[n * 5 + 2], redis.sha1hex(kept), ARGV[i + 1]) end
    end
    i = i + 3
  end
  if crashes ~= '' and found == 1 and op ~= 'r' and not (op == 'z' and kept == body) then
    redis.call('HDEL', KEYS[q + 4], redis.sha1hex(body))
    if op == 'z' then
      redis.call('HSET', KEYS[q + 4], redis.sha1hex(kept), crashes)
      redis.call('EXPIRE', KEYS[q + 4], ${crashesLast})
    end
  end
end
return out
`);

/**
 * Whether claims are still there, and renews the lease if so: what follows has that long to happen in another slot. KEYS: held, workers.
 * ARGV: worker, lease in ms, bodies. Returns {whether the worker is known, 1 or 0 for each}.
 */
export const keep = new Script(`${time}
local lease = redis.call('ZSCORE', KEYS[2], ARGV[1])
if not lease or tonumber(lease) < 0 then return {0} end
redis.call('ZADD', KEYS[2], now + ARGV[2], ARGV[1])
local out = {1}
for i = 3, #ARGV do out[#out + 1] = redis.call('LPOS', KEYS[1], ARGV[i]) and 1 or 0 end
return out
`);
