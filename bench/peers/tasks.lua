-- The same task, posted over and over by wrk; LB_AUTH_KEY is the balancer's key. Prints one line that tasks.sh reads:
-- requests/s, p50 and p99 in microseconds, answers of 400 and above, broken or timed-out requests.
wrk.method = "POST"
wrk.path = "/task"
wrk.headers["Authorization"] = os.getenv("LB_AUTH_KEY")
wrk.headers["x-wr-auth"] = "bench-worker-key"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"group":"bench","function":"hello","contract":1,"input":{"name":"bench"}}'

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format("RESULT\t%.1f\t%d\t%d\t%d\t%d\n",
    summary.requests / (summary.duration / 1000000),
    latency:percentile(50),
    latency:percentile(99),
    errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
end
