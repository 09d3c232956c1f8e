const now = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function after(ms) return string.format('%.0f', now + ms) end`;

/** Puts chords on the list of the unsent. KEYS: the list. ARGV: in how long they are due, how long to keep the list, the groups. */
export const noteUnsent = `${now}
for i = 3, #ARGV do redis.call('ZADD', KEYS[1], after(ARGV[1]), ARGV[i]) end
redis.call('PEXPIRE', KEYS[1], ARGV[2])`;

/** Changes when chords on the list are due. KEYS: the list. ARGV: of each the group, and in how long; less than 0 takes it off. */
export const noteAnew = `${now}
for i = 1, #ARGV, 2 do
  if tonumber(ARGV[i + 1]) < 0 then redis.call('ZREM', KEYS[1], ARGV[i])
  else redis.call('ZADD', KEYS[1], 'XX', after(ARGV[i + 1]), ARGV[i]) end
end`;

/** The chords that are due. KEYS: the list. ARGV: how many at most. */
export const dueUnsent = `${now}
return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])`;

/**
 * Makes the caller the winner of a chord that is due. KEYS: its gate. ARGV: the caller, the winner's time. Answers in how long it is due
 * again, less than 0 for never, and its callback where the caller has it now.
 */
export const takeGate = `${now}
local held = redis.call('HMGET', KEYS[1], 'st', 'due', 'cb')
if held[1] ~= 'pending' or not held[3] or held[3] == '' then return {-1} end
local left = held[2] - now
if left > 0 then return {left} end
redis.call('HSET', KEYS[1], 'by', ARGV[1], 'until', after(ARGV[2]), 'due', after(2 * ARGV[2]))
return {2 * ARGV[2], held[3]}`;

/** Lets go of a chord that was won. KEYS: its gate. ARGV: in how long it is due. */
export const putOffGate = `${now}
if redis.call('HGET', KEYS[1], 'st') == 'pending' then
  redis.call('HSET', KEYS[1], 'by', '', 'until', after(0), 'due', after(ARGV[1]))
end`;
