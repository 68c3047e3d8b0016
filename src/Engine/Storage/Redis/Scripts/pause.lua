#!lua flags=allow-oom
-- ARGV: prefix, queue, end of the pause or nothing. Gives the counts.
local until_ms = take()
if until_ms == '' then
  call('HDEL', Q .. ':meta', 'pause')
else
  call('HSET', Q .. ':meta', 'pause', until_ms)
end
publish_wake()
return counts()
