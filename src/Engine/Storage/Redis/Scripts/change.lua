#!lua flags=allow-oom
-- ARGV: prefix, queue, node, number of the batch, count; then the changes, each a letter, an id and what it needs.
-- Gives the counts and for each change 1 or 0. A batch whose answer was lost comes again under its number and gets the
-- same answers.
local node, number, count = take(), tonumber(take()), tonumber(take())
local me = Q .. ':node:' .. node
local last = tonumber(call('HGET', me, 'batch') or '0')
if number <= last then
  return { counts(), number == last and call('HGET', me, 'answers') or '' }
end

local function put_history(task, history)
  if history == '' then
    call('HDEL', task, 'h')
  else
    call('HSET', task, 'h', history)
  end
end

-- Nothing else of the task is in any place afterwards but its hash and its events.
local function take_out(id, m)
  local state, place, key = m[1], m[3], m[4]
  if state == RUNNING then
    call('SREM', Q .. ':run:' .. m[5], id)
  elseif state == QUEUED then
    if call('ZREM', Q .. ':pending', place) == 0 and m[6] then
      call('ZREM', Q .. ':line:' .. key, m[6] .. place)
    end
  else
    call('ZREM', Q .. ':delayed', place)
    if state == RETRYING then
      count_retrying(-1)
    end
  end
  if m[7] then
    call('ZREM', Q .. ':expire', id)
  end
  call('ZREM', Q .. ':all', id)
end

local function tell_caller(id, caller, state, has_reply, reply)
  local value = state .. has_reply .. reply
  call('SET', Q .. ':reply:' .. id, value, 'PX', REPLY_MS)
  if caller == '' then
    return
  end
  local head = 'E' .. id .. string.format('%04d', #NAME) .. NAME
  if #reply > REPLY_IN_MESSAGE_MAX then
    value = state .. '2'
  end
  call('PUBLISH', P .. ':to:' .. caller, head .. value)
end

-- Reads how a task ends, and ends it when it is in the right state. Until a moment its delivery is taken by nobody.
local function finish(id, m, allowed, deliver_at)
  local task = Q .. ':t:' .. id
  local state, at, kept, has_delivery, delivery = take(), tonumber(take()), take(), take() == '1', take()
  local history, ending, has_result, result = take(), take(), take() == '1', take()
  local caller, has_reply, reply, event_count = take(), take(), take(), tonumber(take())
  local first_event = cursor + 1
  cursor = cursor + event_count
  if not allowed then
    return 0
  end

  take_out(id, m)
  if has_delivery or (kept ~= '' and tonumber(kept) > at) then
    local until_ms = has_delivery and '0' or kept
    call('HSET', task, 's', state, 'e', ending, 'x', until_ms)
    call('HDEL', task, 'n', 'w', 'z', 't', 'f')
    put_history(task, history)
    if has_result then
      call('HSET', task, 'r', result)
    end
    call('ZADD', Q .. ':ended:' .. state, 0, id)
    if has_delivery then
      call('HSET', task, 'v', delivery)
      call('ZADD', Q .. ':deliveries', deliver_at, id)
    else
      call('ZADD', Q .. ':kept', kept, id)
    end
    if event_count > 0 then
      call('DEL', Q .. ':events:' .. id)
      for i = first_event, cursor do
        call('RPUSH', Q .. ':events:' .. id, ARGV[i])
      end
    end
  else
    call('DEL', task)
    if m[9] then
      call('DEL', Q .. ':events:' .. id)
    end
    if kept ~= '' then
      call('ZADD', Q .. ':gone', at + MEMORY_MS, id)
    end
  end
  if m[4] then
    hand_on(id, m[4])
  end
  if caller ~= '' or has_reply == '1' then
    tell_caller(id, caller, state, has_reply, reply)
  end
  tell_watchers(id, m[8])
  return 1
end

local function retry(id, m, allowed)
  local task = Q .. ':t:' .. id
  local due, counts_attempt, history = take(), take() == '1', take()
  if not allowed then
    return 0
  end
  local attempts = tonumber(m[10]) - (counts_attempt and 0 or 1)
  local waits = tonumber(due) > 0
  call('SREM', Q .. ':run:' .. node, id)
  call('HSET', task, 's', waits and RETRYING or QUEUED, 'a', attempts)
  call('HDEL', task, 'n', 'w')
  put_history(task, history)
  watch_expiry(id, attempts, m[7])
  if waits then
    call('HSET', task, 'u', due)
    call('ZADD', Q .. ':delayed', due, m[3])
    count_retrying(1)
  else
    make_pending(id, m[3], m[4])
  end
  tell_watchers(id, m[8])
  return 1
end

local answers = {}
for i = 1, count do
  local kind, id = take(), take()
  local m = call('HMGET', Q .. ':t:' .. id, 's', 'k', 'l', 'o', 'n', 'z', 't', 'f', 'y', 'a')
  local token = take()
  local is_mine = m[1] == RUNNING and m[2] == token and m[5] == node
  if kind == 'C' then
    -- Whoever ran the task delivers its result at once; nobody else is to do the same.
    answers[i] = finish(id, m, is_mine, now + DELIVERY_MS)
  elseif kind == 'R' then
    answers[i] = retry(id, m, is_mine)
  elseif kind == 'X' then
    answers[i] = finish(id, m, m[1] == SCHEDULED or m[1] == QUEUED or m[1] == RETRYING, now)
  elseif kind == 'E' then
    local seen = take()
    local is_so = m[1] == seen and (m[2] or '0') == token
    answers[i] = finish(id, m, is_so, now)
    if is_so and seen == RUNNING then
      call('PUBLISH', P .. ':to:' .. m[5], 'V' .. id .. token)
    end
  else
    local attempt = take()
    answers[i] = is_mine and 1 or 0
    if is_mine then
      call('HSET', Q .. ':t:' .. id, 'w', attempt)
      tell_watchers(id, m[8])
    end
  end
end
wake()
local text = table.concat(answers)
call('HSET', me, 'batch', number, 'answers', text)
call('PEXPIRE', me, NODE_MEMORY_MS)
return { counts(), text }
