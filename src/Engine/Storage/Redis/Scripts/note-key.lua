#!lua flags=allow-oom
-- Keeps an idempotency key in step with its task. A key that a newer task holds stays as it is.
-- KEYS: the key. ARGV: id and print of the body, queue, end of the key in Unix milliseconds (0 gives it back), 1 when a
-- key that nobody holds, or an older task, is taken.
local held = redis.call('GET', KEYS[1])
local id = string.sub(ARGV[1], 1, 32)
local holder = held and string.sub(held, 1, 32)
if ARGV[3] == '0' then
  return holder == id and redis.call('DEL', KEYS[1]) or 0
end
if holder == id then
  return redis.call('PEXPIREAT', KEYS[1], ARGV[3])
end
if ARGV[4] ~= '1' or (holder and holder > id) then
  return 0
end
local time = redis.call('TIME')
local claim = ARGV[1] .. ' ' .. time[1] .. string.format('%03d ', math.floor(time[2] / 1000)) .. ARGV[2]
redis.call('SET', KEYS[1], claim, 'PXAT', ARGV[3])
return 1
