#!lua flags=allow-oom
-- Writes what a node tells of its workers. KEYS: where. ARGV: what it tells, its time to live in ms.
return redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
