#!lua flags=allow-oom
-- ARGV: prefix, queue, now, most tasks. Gives the counts and how many became pending.
local before, max = take(), take()
local due = call('ZRANGEBYSCORE', Q .. ':delayed', '-inf', before, 'LIMIT', 0, max)
for _, place in ipairs(due) do
  promote(place)
end
wake()
return { counts(), #due }
