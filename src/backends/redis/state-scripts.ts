import { longestAnnouncement } from "./announcements.js";

/**
 * Stores states by the rule that a terminal one is never overwritten, and keeps the CreatedAt of the first. It compares text, and
 * decodes no JSON: cjson loses digits and empty lists.
 *
 * KEYS: the ids, run after run.
 * ARGV: the number of runs; of each how many states, `new` (only where nothing is stored) or `next`, the time to live, the length of
 * each CreatedAt, `1` to be told what was stored before in any case, and the channel to announce them on; then the JSON of each.
 *
 * Answers with three items for each state of which there is more to say than that it was stored: its place; whether it was refused
 * for its key's sake; and what was stored before, or the error. Beside that, whether any was refused for its key's sake.
 */
export const storeStates = storing("unfit");

/** The same, but says beside whether any was refused, for whatever reason. */
export const storeAllStates = storing("unfit or refused");

/** @param stop what it says beside its answer */
function storing(stop: string): string {
  return `
local call, pcall, find, sub, match = redis.call, redis.pcall, string.find, string.sub, string.match
local answer, key, place, unfit, refused = {}, 0, 1, false, false
local jsons = 1 + 6 * ARGV[1]

local function ended(json)
  local _, mark = find(json, '"State":"', 1, true)
  local state = mark and sub(json, mark + 1, mark + 8)
  return state == 'SUCCESS"' or state == 'FAILURE"'
end

-- Most have a CreatedAt as long as the new one's, at the very end: there it is found in no time.
local function createdIn(json, length)
  return match(json, '^"CreatedAt":"([%w_.:+%-]+)"}$', -15 - length) or match(sub(json, -96), '.*"CreatedAt":"([%w_.:+%-]+)"')
end

local function tell(before)
  local failed = type(before) == 'table'
  unfit = unfit or failed
  local n = #answer
  answer[n + 1], answer[n + 2], answer[n + 3] = key, failed and 1 or 0, failed and before.err or before
end

for _ = 1, ARGV[1] do
  local count, new, ttl, length = ARGV[place + 1], ARGV[place + 2] == 'new', ARGV[place + 3], tonumber(ARGV[place + 4])
  local curious, channel = ARGV[place + 5] == '1', ARGV[place + 6]
  local news = {}
  place = place + 6
  for _ = 1, count do
    key = key + 1
    local id, json, stored = KEYS[key], ARGV[jsons + key], true
    if new and not curious then
      stored = call('SET', id, json, 'PX', ttl, 'NX')
      if not stored then tell(pcall('GET', id)) end
    else
      local before = pcall('GET', id)
      stored = type(before) ~= 'table' and not (before and (new or ended(before)))
      if curious or not stored then tell(before) end
      if stored then
        local created = before and createdIn(before, length)
        if created then json = sub(json, 1, -3 - length) .. created .. '"}' end
        call('SET', id, json, 'PX', ttl)
      end
    end
    refused = refused or not stored
    if stored and channel ~= '' then news[#news + 1] = #json <= ${longestAnnouncement} and json or id end
  end
  if #news > 0 then pcall('PUBLISH', channel, table.concat(news, '\\n')) end
end
return answer, ${stop}`;
}
