import { Script } from "../../redis/script.js";

/**
 * What must happen all at once on the server. Payloads are moved as they are: Lua never decodes one. The time is the server's, so that no
 * worker's clock matters to a lease.
 */

const time = `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
`;

/**
 * Announces a worker (ARGV[3] is 'new'), or renews its leases. KEYS: workers of each queue. ARGV: worker, lease in ms. Returns 0 if it was
 * taken for dead: what it held has been given back.
 */
export const beat = new Script(`${time}
if ARGV[3] ~= 'new' then
  for _, workers in ipairs(KEYS) do
    local lease = redis.call('ZSCORE', workers, ARGV[1])
    if not lease or tonumber(lease) < 0 then return 0 end
  end
end
for _, workers in ipairs(KEYS) do redis.call('ZADD', workers, now + ARGV[2], ARGV[1]) end
return 1
`);

/**
 * Makes sure that a worker about to wait for a message is known, so that what comes late is found: see `reap`. KEYS: workers. ARGV: worker,
 * for how long it is looked after in ms.
 */
export const enlist = new Script(`${time}
return redis.call('ZADD', KEYS[1], 'NX', -(now + ARGV[2]), ARGV[1])
`);

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

/** Crashes are forgotten this long after the last one, in seconds. */
const crashesLast = 72 * 3600;
/** The oldest dead letters beyond this many are dropped. */
const mostDeadLetters = 10_000;

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
export const settle = new Script(`${time}
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
  local op, place, crashes = string.match(head, '^(.)(%d+):?(%d*)$')
  local q = place * 5
  local found = redis.call('LREM', KEYS[q + 2], 1, body)
  out[#out + 1] = found
  i = i + 2
  local kept = body
  if op == 'r' then
    if found == 1 then redis.call('LPUSH', KEYS[q + 1], body) end
  elseif op == 'd' then
    if found == 1 then
      redis.call('RPUSH', KEYS[q + 5], string.format('{"at":%.0f,"reason":%s}\\n', now, ARGV[i]) .. body)
      redis.call('LTRIM', KEYS[q + 5], -${mostDeadLetters}, -1)
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

/**
 * Gives back all that a worker holds, to the head and in order, and forgets the worker. KEYS: list, held, workers. ARGV: worker, for how
 * long it is to be looked after in ms, 0 if nothing can come late.
 */
export const leave = new Script(`${time}
local moved = 0
while true do
  local body = redis.call('RPOP', KEYS[2])
  if not body then break end
  redis.call('LPUSH', KEYS[1], body)
  moved = moved + 1
end
if ARGV[2] == '0' then redis.call('ZREM', KEYS[3], ARGV[1])
else redis.call('ZADD', KEYS[3], -(now + ARGV[2]), ARGV[1]) end
return moved
`);

/**
 * Gives back what dead workers hold, to the head and in order, and counts a crash for each message. A worker taken for dead has a score
 * below zero, and is looked after for a while: a command of its own that blocks on the server may still bring it a message. KEYS: list,
 * workers, crashes. ARGV: what their lists are called before the worker's name, how many messages, how long to look after them in ms.
 * Returns how many it gave back.
 */
export const reap = new Script(`${time}
local moved, max = 0, tonumber(ARGV[2])
for _, worker in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now)) do
  local held = ARGV[1] .. worker
  local score = tonumber(redis.call('ZSCORE', KEYS[2], worker))
  local left = redis.call('LLEN', held)
  while left > 0 and moved < max do
    local body = redis.call('RPOP', held)
    redis.call('LPUSH', KEYS[1], body)
    redis.call('HINCRBY', KEYS[3], redis.sha1hex(body), 1)
    left = left - 1
    moved = moved + 1
  end
  if score >= 0 then redis.call('ZADD', KEYS[2], -(now + ARGV[3]), worker)
  elseif left == 0 and now > -score then redis.call('ZREM', KEYS[2], worker) end
end
if moved > 0 then redis.call('EXPIRE', KEYS[3], ${crashesLast}) end
return moved
`);

/** KEYS: list, workers, dead. ARGV: what the workers' lists are called before the worker's name. Returns {pending, claimed, dead}. */
export const count = new Script(`
local claimed = 0
for _, worker in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do claimed = claimed + redis.call('LLEN', ARGV[1] .. worker) end
return {redis.call('LLEN', KEYS[1]), claimed, redis.call('LLEN', KEYS[3])}
`);

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
      redis.call('RPUSH', KEYS[3], string.format('{"at":%.0f,"reason":%s}\\n', now, ARGV[1]) .. body)
      redis.call('LTRIM', KEYS[3], -${mostDeadLetters}, -1)
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
for i = 2, #ARGV do redis.call('RPUSH', KEYS[1], string.format('{"at":%.0f,"reason":%s}\\n', now, ARGV[1]) .. ARGV[i]) end
redis.call('LTRIM', KEYS[1], -${mostDeadLetters}, -1)
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
