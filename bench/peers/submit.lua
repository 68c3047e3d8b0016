-- Async tasks, posted over and over by wrk: one a request, or LINES of them as NDJSON. LB_AUTH_KEY is the balancer's key.
-- Prints one line that submit.sh reads: tasks/s, p50 and p99 of a request in microseconds, answers of 400 and above,
-- broken or timed-out requests.
local lines = tonumber(os.getenv("LINES_A_REQUEST") or "0")
local task = '{"group":"bench","function":"hello","contract":1,"input":{"name":"bench"},"mode":"async"}'
wrk.method = "POST"
wrk.headers["Authorization"] = os.getenv("LB_AUTH_KEY")
wrk.headers["x-wr-auth"] = "bench-worker-key"
if lines > 0 then
  wrk.path = "/tasks"
  wrk.headers["Content-Type"] = "application/x-ndjson"
  wrk.body = string.rep(task .. "\n", lines)
else
  wrk.path = "/task"
  wrk.headers["Content-Type"] = "application/json"
  wrk.body = task
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format("RESULT\t%.1f\t%d\t%d\t%d\t%d\n",
    math.max(lines, 1) * summary.requests / (summary.duration / 1000000),
    latency:percentile(50),
    latency:percentile(99),
    errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
end
