#!lua
-- ARGV: prefix, queue, limit, count; for each task: id, priority, due time, end of its time to live or nothing, attempts,
-- whether it comes back from the archive, ordering key, history, constants, body.
-- Gives for each task its code (0 no room, 1 pending, 2 delayed, 3 it is there already) and its sequence.
local limit = tonumber(take())
local count = tonumber(take())
local room = limit - call('ZCARD', Q .. ':all')
local answers = {}

local function forget_end(id, task)
  local m = call('HMGET', task, 's', 'y')
  call('ZREM', Q .. ':ended:' .. m[1], id)
  call('ZREM', Q .. ':kept', id)
  call('ZREM', Q .. ':deliveries', id)
  call('DEL', task, Q .. ':events:' .. id)
end

for i = 1, count do
  local id, priority, due, expires, attempts, revived = take(), take(), take(), take(), take(), take()
  local key, history, constants, body = take(), take(), take(), take()
  local task = Q .. ':t:' .. id
  local state = call('HGET', task, 's')
  local may_come_back = revived == '1' and (state == '5' or state == '6')
  if (state and not may_come_back) or (not state and revived ~= '1' and call('ZSCORE', Q .. ':gone', id)) then
    answers[i] = { 3, call('HGET', task, 'l') or '' }
  elseif room <= 0 then
    answers[i] = { 0, '' }
  else
    if may_come_back then
      forget_end(id, task)
    end
    if revived == '1' then
      call('ZREM', Q .. ':gone', id)
    end
    room = room - 1
    local place = priority .. string.format('%016.0f', next_number('seq')) .. id
    local waits = tonumber(due) > 0
    call('HSET', task, 'd', constants, 'b', body, 's', waits and SCHEDULED or QUEUED, 'a', attempts, 'l', place)
    if history ~= '' then
      call('HSET', task, 'h', history)
    end
    if key ~= '' then
      call('HSET', task, 'o', key)
    end
    if expires ~= '' then
      call('HSET', task, 't', expires)
      watch_expiry(id, attempts, expires)
    end
    call('ZADD', Q .. ':all', 0, id)
    if waits then
      call('HSET', task, 'u', due)
      call('ZADD', Q .. ':delayed', due, place)
    else
      make_pending(id, place, key ~= '' and key or nil)
    end
    answers[i] = { waits and 2 or 1, place }
  end
end
wake()
return { counts(), answers }
