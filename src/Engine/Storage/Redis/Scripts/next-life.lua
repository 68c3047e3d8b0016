#!lua flags=allow-oom
-- A number that no life of any node had: like all numbers it follows the clock, so that a replica that was promoted
-- without the newest ones gives out none twice.
-- KEYS: the last one. Gives the next.
local time = redis.call('TIME')
local micros = time[1] * 1000000 + time[2]
local life = string.format('%.0f', math.max(tonumber(redis.call('GET', KEYS[1]) or '0') + 1, micros))
redis.call('SET', KEYS[1], life)
return life
