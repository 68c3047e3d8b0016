#!lua flags=allow-oom
-- ARGV: prefix, queue, node, until when it leases, lease time, most tasks of each kind.
-- Gives the counts, how many came back, those that have outlived their time to live (id, constants, attempts, token,
-- state, history, place), the constants of the oldest task, and whether there is more of anything to do.
local node, until_ms, lease_ms, max = take(), tonumber(take()), tonumber(take()), tonumber(take())
if until_ms > now then
  call('ZADD', Q .. ':nodes', 'GT', until_ms, node)
  call('PEXPIRE', Q .. ':node:' .. node, NODE_MEMORY_MS)
end

-- When nobody tended for long, Redis was away, or everybody: who is alive gets the time to say so.
local m = call('HMGET', Q .. ':meta', 'tended', 'grace')
local grace = tonumber(m[2] or '0')
if m[1] and now - tonumber(m[1]) > lease_ms / 2 then
  grace = now + lease_ms
  call('HSET', Q .. ':meta', 'grace', grace)
end
call('HSET', Q .. ':meta', 'tended', now)

-- Earlier lives of this node are over.
local my_id, my_life = string.match(node, '^(.*)%.(%d+)$')
local function is_dead(other, lease_end)
  if other == node then
    return false
  end
  local id, life = string.match(other, '^(.*)%.(%d+)$')
  if until_ms > now and id == my_id and tonumber(life) < tonumber(my_life) then
    return true
  end
  return tonumber(lease_end) <= now and grace <= now
end

local back = 0
local nodes = call('ZRANGE', Q .. ':nodes', 0, -1, 'WITHSCORES')
for i = 1, #nodes, 2 do
  if is_dead(nodes[i], nodes[i + 1]) then
    local run = Q .. ':run:' .. nodes[i]
    while back < max do
      local id = call('SPOP', run)
      if not id then
        call('ZREM', Q .. ':nodes', nodes[i])
        break
      end
      if give_back(id, true) then
        back = back + 1
      end
    end
  end
end

local due = call('ZRANGEBYSCORE', Q .. ':delayed', '-inf', now, 'LIMIT', 0, max)
for _, place in ipairs(due) do
  promote(place)
end
wake()

local expired = {}
for _, id in ipairs(call('ZRANGEBYSCORE', Q .. ':expire', '-inf', now, 'LIMIT', 0, max)) do
  local t = call('HMGET', Q .. ':t:' .. id, 'd', 'a', 'k', 's', 'h', 'l')
  if is_over(t[4]) or t[4] == RUNNING or tonumber(t[2]) > 0 then
    call('ZREM', Q .. ':expire', id)
  else
    expired[#expired + 1] = { id, t[1], t[2], t[3] or '0', t[4], t[5] or '', t[6] }
  end
end

local oldest = call('ZRANGE', Q .. ':all', 0, 0)[1]
local has_more = (back >= max or #due >= max or #expired >= max) and 1 or 0
return { counts(), back, expired, oldest and call('HGET', Q .. ':t:' .. oldest, 'd') or '', has_more }
