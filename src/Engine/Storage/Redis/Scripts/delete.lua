#!lua flags=allow-oom
-- Forgets ended tasks but for the memory that they were there. Living ones stay.
-- KEYS: what the queue's keys begin with. ARGV: milliseconds of memory, then ids.
-- Gives how many there were.
local base = KEYS[1]
local time = redis.call('TIME')
local forgotten = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[1]
local count = 0
for i = 2, #ARGV do
  local id = ARGV[i]
  local task = base .. ':t:' .. id
  local state = redis.call('HGET', task, 's')
  if state and redis.call('ZREM', base .. ':ended:' .. state, id) == 1 then
    redis.call('UNLINK', task, base .. ':events:' .. id)
    redis.call('ZREM', base .. ':kept', id)
    redis.call('ZREM', base .. ':deliveries', id)
    redis.call('ZADD', base .. ':gone', forgotten, id)
    count = count + 1
  end
end
return count
