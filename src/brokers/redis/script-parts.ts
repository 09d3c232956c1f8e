/** Lua: `now`, the server's time in milliseconds since the epoch; no worker's clock matters to a lease. */
export const time = `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
`;
/** Lua: the same as a function, for scripts that mostly do without. */
export const lazyTime = `
local function now()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end
`;

/** Crashes are forgotten this long after the last one, in seconds. */
export const crashesLast = 72 * 3600;
/** The oldest dead letters beyond this many are dropped. */
export const mostDeadLetters = 10_000;

/** Lua: puts a dead letter at the end of the list `key`, see `readDeadLetter`; `reason` is JSON, `at` milliseconds since the epoch. */
export const buryAt = (key: string, reason: string, body: string, at = "now"): string => `
redis.call('RPUSH', ${key}, string.format('{"at":%.0f,"reason":%s}\\n', ${at}, ${reason}) .. ${body})
redis.call('LTRIM', ${key}, -${mostDeadLetters}, -1)`;
