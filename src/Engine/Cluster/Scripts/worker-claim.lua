#!lua flags=allow-oom
-- Takes a worker that is nobody's, or renews the lease of who asks.
-- KEYS: the worker. ARGV: life of the node, time to live in ms.
-- Gives {1, fencing number} or {0, holder, ms until the holder's lease ends}.
local held = redis.call('GET', KEYS[1])
if not held then
  -- Microseconds of Redis' clock: greater than those of every lease before.
  local now = redis.call('TIME')
  local fence = now[1] .. string.format('%06d', tonumber(now[2]))
  redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. fence, 'PX', ARGV[2])
  return {1, fence}
end
local holder, fence = string.match(held, '^(%S+) (%d+)$')
if holder == ARGV[1] then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return {1, fence}
end
return {0, holder or held, redis.call('PTTL', KEYS[1])}
