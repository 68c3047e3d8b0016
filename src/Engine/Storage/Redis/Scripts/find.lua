#!lua flags=no-writes
-- What the queue knows of an id.
-- KEYS: what the queue's keys begin with. ARGV: id, then the fields to give; the first is one that every task has.
-- Gives 2, the fields and the events; 1 when the task was there once; 0 when it never was.
local base, id = KEYS[1], ARGV[1]
local task = redis.call('HMGET', base .. ':t:' .. id, unpack(ARGV, 2))
if task[1] then
  return {2, task, redis.call('LRANGE', base .. ':events:' .. id, 0, -1)}
end
return {redis.call('ZSCORE', base .. ':gone', id) and 1 or 0}
