#!lua flags=allow-oom
-- One step of forgetting: ended tasks whose retention is over, then memories of tasks that are gone.
-- KEYS: what the queue's keys begin with. ARGV: now, most tasks a step, milliseconds of memory, most memories.
-- Gives how many tasks went, and 1 when there may be more to do.
local base, now, max = KEYS[1], ARGV[1], tonumber(ARGV[2])
local kept, gone = base .. ':kept', base .. ':gone'
local over = redis.call('ZRANGE', kept, '-inf', now, 'BYSCORE', 'LIMIT', 0, max)
local count = 0
for _, id in ipairs(over) do
  local task = base .. ':t:' .. id
  local state = redis.call('HGET', task, 's')
  if state and redis.call('ZREM', base .. ':ended:' .. state, id) == 1 then
    redis.call('UNLINK', task, base .. ':events:' .. id)
    redis.call('ZADD', gone, now + ARGV[3], id)
    count = count + 1
  end
  redis.call('ZREM', kept, id)
end
local old = redis.call('ZRANGE', gone, '-inf', now, 'BYSCORE', 'LIMIT', 0, max)
if #old > 0 then
  redis.call('ZREM', gone, unpack(old))
end
local surplus = math.min(redis.call('ZCARD', gone) - ARGV[4], max)
if surplus > 0 then
  redis.call('ZREMRANGEBYRANK', gone, 0, surplus - 1)
end
return {count, (#over == max or #old == max or surplus == max) and 1 or 0}
