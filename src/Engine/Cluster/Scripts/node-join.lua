#!lua flags=allow-oom
-- Writes a node's entry unless another life of that name has it.
-- KEYS: the entry. ARGV: number of this life, the entry as JSON, its time to live in ms.
-- Gives '' when it is written, else the entry of the other life.
local held = redis.call('GET', KEYS[1])
if held and cjson.decode(held).life ~= tonumber(ARGV[1]) then
  return held
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return ''
