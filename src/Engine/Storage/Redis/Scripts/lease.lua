#!lua flags=allow-oom
-- ARGV: prefix, queue, node, number of the call, most tasks, bytes of bodies after which no more is handed out.
-- Gives whether the node may lease, the counts, and for each task: id, constants, body, attempts, token, place, history.
-- A call whose answer was lost comes again under its number and gets the same tasks.
local node, number, max, bytes_max = take(), tonumber(take()), tonumber(take()), tonumber(take())
local me = Q .. ':node:' .. node
local entry = call('ZSCORE', Q .. ':nodes', node)
local last = tonumber(call('HGET', me, 'lease') or '0')
if not entry or tonumber(entry) <= now or number < last then
  return { 0, counts(), {} }
end

local leased = {}
local function hand_out(id, m)
  leased[#leased + 1] = { id, m[1] or '', m[2], m[3], m[4], m[5], m[6] or '' }
end

if number == last then
  for id, token in string.gmatch(call('HGET', me, 'handed') or '', '(%x+):(%d+)') do
    local m = call('HMGET', Q .. ':t:' .. id, 'd', 'b', 'a', 'k', 'l', 'h', 's', 'n')
    if m[7] == RUNNING and m[8] == node and m[4] == token then
      hand_out(id, m)
    end
  end
  return { 1, counts(), leased }
end

local handed = {}
local paused = tonumber(call('HGET', Q .. ':meta', 'pause') or '0') > now
local places = (paused or max <= 0) and {} or call('ZRANGE', Q .. ':pending', 0, max - 1)
local bytes = 0
local seen = 0
for _, place in ipairs(places) do
  if bytes > bytes_max then
    break
  end
  seen = seen + 1
  local id = string.sub(place, 25)
  local task = Q .. ':t:' .. id
  local m = call('HMGET', task, 'd', 'b', 'a', 'k', 'l', 'h', 's', 't', 'f')
  local attempts = tonumber(m[3] or '0')
  if not m[7] then
    call('ZREM', Q .. ':all', id)
  elseif m[7] == QUEUED and (attempts > 0 or not m[8] or tonumber(m[8]) > now) then
    local token = digits(next_number('token'))
    m[3], m[4], m[5] = digits(attempts + 1), token, place
    call('HSET', task, 's', RUNNING, 'a', m[3], 'k', token, 'n', node)
    call('SADD', Q .. ':run:' .. node, id)
    if m[8] then
      call('ZREM', Q .. ':expire', id)
    end
    bytes = bytes + (m[2] and #m[2] or 0)
    handed[#handed + 1] = id .. ':' .. token
    hand_out(id, m)
    tell_watchers(id, m[9])
  end
  -- What has outlived its time to live waits among the expired: whoever tends the queue ends it.
end
if seen > 0 then
  call('ZREMRANGEBYRANK', Q .. ':pending', 0, seen - 1)
end
call('HSET', me, 'lease', number, 'handed', table.concat(handed, ' '))
call('PEXPIRE', me, NODE_MEMORY_MS)
return { 1, counts(), leased }
