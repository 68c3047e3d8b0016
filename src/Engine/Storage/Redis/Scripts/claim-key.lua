-- Claims an idempotency key.
-- KEYS: the key. ARGV: id and print of the body, queue, the holder to replace ('' for none), milliseconds to live.
-- Gives the holder that stands now.
local held = redis.call('GET', KEYS[1])
if held and string.sub(held, 1, 32) ~= ARGV[3] then
  return held
end
local time = redis.call('TIME')
local claim = ARGV[1] .. ' ' .. time[1] .. string.format('%03d ', math.floor(time[2] / 1000)) .. ARGV[2]
redis.call('SET', KEYS[1], claim, 'PX', ARGV[4])
return claim
