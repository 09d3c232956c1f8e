import { Script } from "../../redis/script.js";
import { crashesLast, time } from "./script-parts.js";

/** Who works on which queue, and what happens to what the dead have held. */

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
