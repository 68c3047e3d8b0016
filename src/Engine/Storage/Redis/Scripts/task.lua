-- What the scripts of a queue share. KEYS[1] is what all keys of the queue begin with; ARGV[1] the prefix of channels,
-- ARGV[2] the name of the queue. docs/decisions/0004-redis-store.md says what lies where.
local Q, P, NAME = KEYS[1], ARGV[1], ARGV[2]
local SCHEDULED, QUEUED, RUNNING, RETRYING = '0', '1', '2', '3'
local MEMORY_MS = 7 * 24 * 3600 * 1000
local REPLY_MS = 60000
local DELIVERY_MS = 60000
local REPLY_IN_MESSAGE_MAX = 65536
local WAKE_BELOW = 64
local NODE_MEMORY_MS = 24 * 3600 * 1000

local call = redis.call
local time = call('TIME')
local micros = time[1] * 1000000 + time[2]
local now = math.floor(micros / 1000)
local pending_before = call('ZCARD', Q .. ':pending')
local woken = false

local cursor = 2
local function take()
  cursor = cursor + 1
  return ARGV[cursor]
end

local function digits(number)
  return string.format('%.0f', number)
end

-- Numbers follow the clock, so that a replica that was promoted without the newest ones gives out none twice.
local function next_number(name)
  local number = math.max(tonumber(call('HGET', Q .. ':meta', name) or '0') + 1, micros)
  call('HSET', Q .. ':meta', name, digits(number))
  return number
end

local function tell_watchers(id, watched)
  if watched then
    call('PUBLISH', P .. ':told', id)
  end
end

local function is_over(state)
  return not state or tonumber(state) > 3
end

-- A task that is queued can be leased, or waits in the line of its ordering key.
local function make_pending(id, place, key)
  if key then
    local holder = call('HGET', Q .. ':holders', key)
    if holder and holder ~= id and not is_over(call('HGET', Q .. ':t:' .. holder, 's')) then
      local arrival = string.format('%016.0f', next_number('arrival'))
      call('HSET', Q .. ':t:' .. id, 'z', arrival)
      call('ZADD', Q .. ':line:' .. key, 0, arrival .. place)
      return
    end
    if holder ~= id then
      call('HSET', Q .. ':holders', key, id)
    end
  end
  call('ZADD', Q .. ':pending', 0, place)
  woken = true
end

-- How many of the delayed tasks wait for another attempt. The number of a queue without delayed tasks is 0, whatever
-- an older version of a node has left out.
local function count_retrying(change)
  if call('ZCARD', Q .. ':delayed') == 0 then
    call('HDEL', Q .. ':meta', 'retrying')
  else
    call('HINCRBY', Q .. ':meta', 'retrying', change)
  end
end

-- The next task of an ordering key can be leased.
local function hand_on(id, key)
  if call('HGET', Q .. ':holders', key) ~= id then
    return
  end
  local first = call('ZRANGE', Q .. ':line:' .. key, 0, 0)[1]
  if not first then
    call('HDEL', Q .. ':holders', key)
    return
  end
  local place = string.sub(first, 17)
  local next_id = string.sub(place, 25)
  call('ZREM', Q .. ':line:' .. key, first)
  call('HSET', Q .. ':holders', key, next_id)
  call('HDEL', Q .. ':t:' .. next_id, 'z')
  call('ZADD', Q .. ':pending', 0, place)
  woken = true
end

-- Where a time to live still counts.
local function watch_expiry(id, attempts, expires)
  if expires and tonumber(attempts) == 0 then
    call('ZADD', Q .. ':expire', expires, id)
  end
end

-- A task whose node runs it no longer takes its old place.
local function give_back(id, counted)
  local task = Q .. ':t:' .. id
  local m = call('HMGET', task, 's', 'l', 'o', 'a', 'h', 'w', 't', 'f')
  if m[1] ~= RUNNING then
    return false
  end
  local attempts = tonumber(m[4])
  if counted then
    local attempt = m[6] and cjson.decode(m[6]) or { number = attempts }
    attempt.endedAtMilliseconds = now
    attempt.error = 'The node that ran it is gone.'
    local record = cjson.encode(attempt)
    call('HSET', task, 'h', m[5] and (string.sub(m[5], 1, -2) .. ',' .. record .. ']') or ('[' .. record .. ']'))
  else
    attempts = attempts - 1
  end
  call('HSET', task, 's', QUEUED, 'a', attempts)
  call('HDEL', task, 'n', 'w')
  watch_expiry(id, attempts, m[7])
  make_pending(id, m[2], m[3])
  tell_watchers(id, m[8])
  return true
end

-- Moment, pending tasks, end of the pause, queue.
local function publish_wake()
  local pause = call('HGET', Q .. ':meta', 'pause') or '-'
  call('PUBLISH', P .. ':wake', table.concat({ digits(micros), call('ZCARD', Q .. ':pending'), pause, NAME }, ' '))
end

local function wake()
  -- Who has a free slot takes from a longer queue anyway.
  if woken and pending_before < WAKE_BELOW then
    publish_wake()
  end
end

-- Moment of the counts, pending, delayed, running, next due time, end of the pause, living, retrying.
local function counts()
  local running = 0
  for _, node in ipairs(call('ZRANGE', Q .. ':nodes', 0, -1)) do
    running = running + call('SCARD', Q .. ':run:' .. node)
  end
  local first = call('ZRANGE', Q .. ':delayed', 0, 0, 'WITHSCORES')
  local m = call('HMGET', Q .. ':meta', 'pause', 'retrying')
  local delayed = call('ZCARD', Q .. ':delayed')
  return {
    digits(micros), call('ZCARD', Q .. ':pending'), delayed, running,
    first[2] and digits(tonumber(first[2])) or '', m[1] or '',
    call('ZCARD', Q .. ':all'), math.max(0, math.min(delayed, tonumber(m[2] or '0'))),
  }
end

-- A delayed task whose time has come. A scheduled one arrives now.
local function promote(place)
  local id = string.sub(place, 25)
  local task = Q .. ':t:' .. id
  local m = call('HMGET', task, 's', 'o', 'f')
  call('ZREM', Q .. ':delayed', place)
  if m[1] ~= SCHEDULED and m[1] ~= RETRYING then
    return
  end
  if m[1] == RETRYING then
    count_retrying(-1)
  end
  call('HSET', task, 's', QUEUED)
  call('HDEL', task, 'u')
  make_pending(id, place, m[2])
  tell_watchers(id, m[3])
end
