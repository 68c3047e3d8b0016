# Reads the runs of cluster.sh rate and prints the medians and a line for each target.
# Columns: round, system, requests/s, p50 us, p99 us, answers of 400 and above, broken requests. `count` holds calls to
# Redis, tasks, and calls a task, with tabs between.
function median(name, field,    i, j, n, t, values) {
  n = 0
  for (i = 1; i <= rounds; i++) values[++n] = runs[name, i, field]
  for (i = 2; i <= n; i++)
    for (j = i; j > 1 && values[j] < values[j - 1]; j--) { t = values[j]; values[j] = values[j - 1]; values[j - 1] = t }
  return values[int((n + 1) / 2)]
}
function ratio(a, b) { return b > 0 ? a / b : 0 }
function target(ok, text) { lines = lines sprintf("%s  %s\n", ok ? "pass" : "FAIL", text) }
{
  for (field = 3; field <= 7; field++) runs[$2, $1, field] = $field + 0
  bad[$2] += $6 + $7
  if ($1 > rounds) rounds = $1
}
END {
  printf "%-6s | %9s | %8s | %8s\n", "system", "tasks/s", "p50 ms", "p99 ms"
  split("peer one three", names, " ")
  for (i = 1; i <= 3; i++)
    printf "%-6s | %9.0f | %8.2f | %8.2f\n", names[i], median(names[i], 3), median(names[i], 4) / 1000,
      median(names[i], 5) / 1000
  one = ratio(median("one", 3), median("peer", 3))
  three = ratio(median("three", 3), median("one", 3))
  split(count, calls, "\t")
  target(one >= 5, sprintf("one node: at least 5 times the tasks/s of the peer: %.1f", one))
  target(three >= 1, sprintf("three nodes: no less in total than one, on the same processors: %.2f", three))
  target(calls[3] > 0 && calls[3] <= 4, sprintf("at most 4 round trips to Redis a task at full load: %s (%s calls, %s tasks)", calls[3],
    calls[1], calls[2]))
  for (i = 1; i <= 3; i++)
    target(bad[names[i]] == 0, sprintf("%s: every answer 2xx, none broken: %d others", names[i], bad[names[i]]))
  printf "\n%s", lines
}
