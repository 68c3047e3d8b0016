#!lua
-- ARGV: prefix, queue, id, token, event, bytes of its data, most events, most bytes, bytes of an event's head.
-- Gives 0 when the token is not that of the running attempt.
local id, token, event, size = take(), take(), take(), tonumber(take())
local events_max, bytes_max, head = tonumber(take()), tonumber(take()), tonumber(take())
local task, list = Q .. ':t:' .. id, Q .. ':events:' .. id
local m = call('HMGET', task, 's', 'k', 'f')
if m[1] ~= RUNNING or m[2] ~= token then
  return 0
end
local count = call('RPUSH', list, event)
local bytes = call('HINCRBY', task, 'y', size)
while count > events_max or (bytes > bytes_max and count > 1) do
  bytes = call('HINCRBY', task, 'y', head - #call('LPOP', list))
  count = count - 1
end
tell_watchers(id, m[3])
return 1
