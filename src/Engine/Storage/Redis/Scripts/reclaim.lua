#!lua flags=allow-oom
-- ARGV: prefix, queue, node, ids that the node is said to run and knows nothing of. They go back to their place.
-- Gives the counts and how many came back.
local node = take()
local run = Q .. ':run:' .. node
local back = 0
for index = cursor + 1, #ARGV do
  local id = ARGV[index]
  if call('SREM', run, id) == 1 and call('HGET', Q .. ':t:' .. id, 'n') == node and give_back(id, true) then
    back = back + 1
  end
end
wake()
return { counts(), back }
