#!lua flags=allow-oom
-- Writes how the delivery of an ended task stands. A delivery that is done is changed only by word of its success or
-- by hand: a slow node's word of a try before it comes too late.
-- KEYS: what the queue's keys begin with. ARGV: id, the delivery, its due time ('' when it is done), milliseconds for
-- which it is left to the node that has it when it did not say so itself ('' leaves it to whoever is first), until when
-- the task is kept when it is done, 1 when the word always counts, the channel of watched tasks.
-- Gives the constants of the task; false when there is no such task or it lives.
local base, id, delivery, due = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
local task = base .. ':t:' .. id
local found = redis.call('HMGET', task, 's', 'd', 'f', 'g', 'v')
local state, constants, watched, before = found[1], found[2], found[3], found[5]
if not state or not redis.call('ZSCORE', base .. ':ended:' .. state, id) then
  return false
end
if before and string.sub(before, 1, 1) ~= '0' and ARGV[6] ~= '1' then
  return constants
end
if due ~= '' then
  redis.call('HSET', task, 'v', delivery, 'x', 0)
  redis.call('ZREM', base .. ':kept', id)
  local span = ARGV[4] == '' and 0 or found[4] or ARGV[4]
  redis.call('ZADD', base .. ':deliveries', due + span, id)
else
  redis.call('HSET', task, 'v', delivery, 'x', ARGV[5])
  redis.call('ZREM', base .. ':deliveries', id)
  redis.call('ZADD', base .. ':kept', ARGV[5], id)
end
if watched then
  redis.call('PUBLISH', ARGV[7], id)
end
return constants
