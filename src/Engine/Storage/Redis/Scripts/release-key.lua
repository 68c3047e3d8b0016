#!lua flags=allow-oom
-- Gives an idempotency key back if that task still holds it.
-- KEYS: the key. ARGV: id.
local held = redis.call('GET', KEYS[1])
if held and string.sub(held, 1, 32) == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0
