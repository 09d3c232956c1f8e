/**
 * The gate of chords: marks members as ended, and lets one caller at a time send a callback.
 *
 * KEYS: of each member the set of the ended, the gate and the group's record; at the end, for `ask`, Go's lock and the list of unsent chords.
 * ARGV: how to go along with Go's workers: `alone` (there are none), `ask` (unless one holds the lock), `locked` (the caller holds
 * it) or `defer` (the caller would have to take it first); of each member its id, how many there are, the winner's time, the time
 * to live, `1` where all of them are known to have ended, and the callback, or `=` where it is that of the member before.
 *
 * Answers for each member: 0 others have not ended, 1 the caller is to send the callback, 2 it is sent or somebody else's to send,
 * 3 a worker of Go's may be deciding the same: ask again, or with the lock.
 */
export const endMembers = `
local call, pcall, find, sub = redis.call, redis.pcall, string.find, string.sub
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local mode = ARGV[1]

-- Go's workers look at ChordTriggered in the group's record, and write it under their lock.
local function claim(record)
  local json = pcall('GET', record)
  if type(json) ~= 'string' then return true end
  if find(json, '"ChordTriggered":true', 1, true) then return false end
  local from, to = find(json, '"ChordTriggered":false', 1, true)
  if from then call('SET', record, sub(json, 1, from - 1) .. '"ChordTriggered":true' .. sub(json, to + 1), 'KEEPTTL') end
  return true
end

local function ended(done, gate, record, member, count, lease, ttl, complete, callback)
  local held = call('HMGET', gate, 'st', 'by', 'until')
  if held[1] == 'sent' then return 2 end
  call('SADD', done, member)
  call('PEXPIRE', done, ttl)
  if complete ~= '1' and call('SCARD', done) < tonumber(count) then return 0 end
  if held[1] then
    if held[2] ~= member and tonumber(held[3]) > now then return 2 end
  elseif mode ~= 'alone' then
    if mode == 'defer' or (mode == 'ask' and call('EXISTS', KEYS[#KEYS - 1]) == 1) then return 3 end
    if not claim(record) then
      call('HSET', gate, 'st', 'sent', 'by', '')
      call('PEXPIRE', gate, ttl)
      call('UNLINK', done)
      return 2
    end
  end
  local over, due = string.format('%.0f', now + lease), string.format('%.0f', now + 2 * lease)
  call('HSET', gate, 'st', 'pending', 'by', member, 'until', over)
  call('PEXPIRE', gate, ttl)
  if callback ~= '' then call('HSET', gate, 'due', due, 'cb', callback) end
  if callback ~= '' and mode == 'ask' then
    call('ZADD', KEYS[#KEYS], due, record)
    call('PEXPIRE', KEYS[#KEYS], ttl)
  end
  return 1
end

local answers, callback = {}, ''
for i = 1, (#ARGV - 1) / 6 do
  local k, a = 3 * i, 6 * i
  if ARGV[a + 1] ~= '=' then callback = ARGV[a + 1] end
  answers[i] = ended(KEYS[k - 2], KEYS[k - 1], KEYS[k], ARGV[a - 4], ARGV[a - 3], ARGV[a - 2], ARGV[a - 1], ARGV[a], callback)
end
return answers`;

/**
 * Notes that callbacks are out. KEYS: of each group the gate and the set of the ended; at the end the list of unsent chords, where ARGV are
 * the groups that leave it.
 */
export const closeGates = `
for i = 1, #KEYS - 1, 2 do
  if redis.call('EXISTS', KEYS[i]) == 1 then
    redis.call('HSET', KEYS[i], 'st', 'sent')
    redis.call('HDEL', KEYS[i], 'cb')
  end
  redis.call('UNLINK', KEYS[i + 1])
end
for i = 1, #ARGV do redis.call('ZREM', KEYS[#KEYS], ARGV[i]) end`;
