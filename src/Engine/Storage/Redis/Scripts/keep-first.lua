#!lua flags=allow-oom
-- Keeps a value for all nodes: that of the first who comes.
-- KEYS: where. ARGV: the value when there is none. Gives the one that is kept.
local held = redis.call('GET', KEYS[1])
if held then
  return held
end
redis.call('SET', KEYS[1], ARGV[1])
return ARGV[1]
