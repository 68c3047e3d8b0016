#!lua flags=allow-oom
-- ARGV: prefix, queue, most, now, until when nobody else gets them. Gives ids and how each delivery stands.
local max, before, until_ms = take(), tonumber(take()), tonumber(take())
local taken = {}
for _, id in ipairs(call('ZRANGEBYSCORE', Q .. ':deliveries', '-inf', digits(before), 'LIMIT', 0, max)) do
  local task = Q .. ':t:' .. id
  local delivery = call('HGET', task, 'v')
  if delivery then
    call('ZADD', Q .. ':deliveries', digits(until_ms), id)
    call('HSET', task, 'g', digits(until_ms - before))
    taken[#taken + 1] = { id, delivery }
  else
    call('ZREM', Q .. ':deliveries', id)
  end
end
return taken
