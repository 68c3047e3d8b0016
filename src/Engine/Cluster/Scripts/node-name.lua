#!lua flags=allow-oom
-- Adds a name to those of the nodes. KEYS: the names. ARGV: the name.
return redis.call('SADD', KEYS[1], ARGV[1])
