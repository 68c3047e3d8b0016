#!lua flags=allow-oom
-- A pending delivery is for whoever looks first once it is due.
-- KEYS: what the queue's keys begin with. ARGV: id, due time. Gives 1 when there is such a delivery, 0 when not.
local deliveries = KEYS[1] .. ':deliveries'
if not redis.call('ZSCORE', deliveries, ARGV[1]) then
  return 0
end
redis.call('ZADD', deliveries, ARGV[2], ARGV[1])
return 1
