-- Gives a worker back.
-- KEYS: the worker. ARGV: life of the node, channel to tell of it, the worker's URL. Gives 1 when it was the node's.
local held = redis.call('GET', KEYS[1])
if held and string.match(held, '^(%S+) %d+$') == ARGV[1] then
  redis.call('DEL', KEYS[1])
  redis.call('PUBLISH', ARGV[2], ARGV[3])
  return 1
end
return 0
