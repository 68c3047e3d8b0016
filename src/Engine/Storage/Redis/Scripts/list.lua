#!lua flags=no-writes
-- A page of tasks, newest id first.
-- KEYS: what the queue's keys begin with. ARGV: upper end of the range of ids, length of the page, number of sets, the
-- ends of the sets' names, then the fields to give.
-- A row is the id and the fields; all of them are false for a task whose hash is missing. Fewer rows than the length of
-- the page: there are no more.
local base, length, sets = KEYS[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local ids = {}
for i = 4, 3 + sets do
  local key = base .. ':' .. ARGV[i]
  for _, id in ipairs(redis.call('ZRANGE', key, ARGV[1], '-', 'BYLEX', 'REV', 'LIMIT', 0, length)) do
    ids[#ids + 1] = id
  end
end
if sets > 1 then
  table.sort(ids, function(a, b) return a > b end)
end
local rows = {}
for i = 1, math.min(#ids, length) do
  rows[i] = {ids[i], redis.call('HMGET', base .. ':t:' .. ids[i], unpack(ARGV, 4 + sets))}
end
return rows
