# Reads the runs of dashboard.sh (system, kind, round, memory, rate, p50, p99, bad, broken), then the answers of
# GET /actors (seconds, bytes). Prints medians and a line for each target; ends with 1 when one is missed.

function median(values, count,    i, j, swap) {
  for (i = 1; i <= count; i++)
    for (j = i + 1; j <= count; j++)
      if (values[j] < values[i]) { swap = values[i]; values[i] = values[j]; values[j] = swap }
  return count % 2 ? values[(count + 1) / 2] : (values[count / 2] + values[count / 2 + 1]) / 2
}

function of(name, kind, column,    values, i) {
  for (i = 1; i <= rounds[name, kind]; i++)
    values[i] = runs[name, kind, i, column]
  return median(values, rounds[name, kind])
}

function target(name, isMet, text) {
  printf "%-6s %s: %s\n", isMet ? "met" : "MISSED", name, text
  if (!isMet) missed = 1
}

FNR == NR {
  round = ++rounds[$1, $2]
  for (column = 4; column <= 9; column++) runs[$1, $2, round, column] = $column
  wrong += $8 + $9
  next
}

{
  answers++
  seconds[answers] = $1
  bytes = $2
  if ($1 > slowest) slowest = $1
}

END {
  printf "%-6s %-8s %12s %10s %10s %14s\n", "", "", "tasks/s", "p50 ms", "p99 ms", "memory MB"
  for (i = 1; i <= split("ours many", systems, " "); i++)
    for (j = 1; j <= split("alone looked", kinds, " "); j++)
      printf "%-6s %-8s %12.0f %10.3f %10.3f %14.1f\n", systems[i], kinds[j], of(systems[i], kinds[j], 5), \
        of(systems[i], kinds[j], 6) / 1000, of(systems[i], kinds[j], 7) / 1000, of(systems[i], kinds[j], 4) / 1048576
  print ""
  ratio = of("ours", "looked", 5) / of("ours", "alone", 5)
  target("tasks under streams", ratio >= ratio_min, sprintf("%.3f of the rate alone, at least %s", ratio, ratio_min))
  first = runs["ours", "looked", 1, 4]
  last = runs["ours", "looked", rounds["ours", "looked"], 4]
  target("memory under streams", last <= first * growth_max, \
    sprintf("%.1f MB after the first round, %.1f MB after the last, at most %s of it", \
      first / 1048576, last / 1048576, growth_max))
  target("answer of GET /actors", answers > 0 && slowest < seconds_max, \
    sprintf("median %.3f s, slowest %.3f s of %d, %.1f MB each, below %s s", \
      answers ? median(seconds, answers) : 0, slowest, answers, bytes / 1048576, seconds_max))
  ratio = of("many", "looked", 5) / of("many", "alone", 5)
  target("tasks under GET /actors", ratio >= ratio_min, \
    sprintf("%.3f of the rate alone, at least %s", ratio, ratio_min))
  target("answers", wrong == 0, sprintf("%d wrong or broken", wrong))
  exit missed
}
