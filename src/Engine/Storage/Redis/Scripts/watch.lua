#!lua flags=allow-oom
-- Asks that changes of a task are told.
-- KEYS: what the queue's keys begin with. ARGV: id. Gives 0 when there is no such task.
local task = KEYS[1] .. ':t:' .. ARGV[1]
if redis.call('EXISTS', task) == 0 then
  return 0
end
redis.call('HSET', task, 'f', 1)
return 1
