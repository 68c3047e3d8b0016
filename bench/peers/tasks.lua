-- The same task, posted over and over by wrk; LB_AUTH_KEY is the balancer's key.
wrk.method = "POST"
wrk.path = "/task"
wrk.headers["Authorization"] = os.getenv("LB_AUTH_KEY")
wrk.headers["x-wr-auth"] = "bench-worker-key"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"group":"bench","function":"hello","contract":1,"input":{"name":"bench"}}'

-- The file beside this one.
dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "result.lua")
