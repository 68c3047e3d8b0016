#!lua flags=allow-oom
-- ARGV: prefix, queue, node. All that the node runs goes back to its place.
local node = take()
local run = Q .. ':run:' .. node
local back = 0
for _, id in ipairs(call('SMEMBERS', run)) do
  if give_back(id, false) then
    back = back + 1
  end
end
call('DEL', run)
call('ZREM', Q .. ':nodes', node)
wake()
return { counts(), back }
