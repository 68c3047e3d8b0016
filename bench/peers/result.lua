-- For wrk: prints one line that the scripts of this folder read: requests/s, p50 and p99 in microseconds, answers of
-- 400 and above, broken or timed-out requests. It runs once, after the load.
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format("RESULT\t%.1f\t%d\t%d\t%d\t%d\n",
    summary.requests / (summary.duration / 1000000),
    latency:percentile(50),
    latency:percentile(99),
    errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
end
