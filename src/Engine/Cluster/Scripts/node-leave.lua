-- Removes a node's entry if it is that of this life.
-- KEYS: the entry. ARGV: number of this life. Gives 1 when the name is free now.
local held = redis.call('GET', KEYS[1])
if held and cjson.decode(held).life ~= tonumber(ARGV[1]) then
  return 0
end
redis.call('DEL', KEYS[1])
return 1
