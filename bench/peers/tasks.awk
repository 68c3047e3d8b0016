# Reads the runs of tasks.sh and prints the table of medians and a line for each target; ends with 1 when one is missed.
# Columns: connections, round, system, requests/s, p50 us, p99 us, answers of 400 and above, broken requests.
function median(name, connections, field,    i, j, n, t, values) {
  n = 0
  for (i = 1; i <= rounds; i++) values[++n] = runs[name, connections, i, field]
  for (i = 2; i <= n; i++)
    for (j = i; j > 1 && values[j] < values[j - 1]; j--) { t = values[j]; values[j] = values[j - 1]; values[j - 1] = t }
  return values[int((n + 1) / 2)]
}
function ratio(a, b) { return b > 0 ? a / b : 0 }
function target(ok, text) {
  if (!ok) missed = 1
  lines = lines sprintf("%s  %s\n", ok ? "pass" : "FAIL", text)
}
{
  for (field = 4; field <= 8; field++) runs[$3, $1, $2, field] = $field + 0
  bad[$3] += $7 + $8
  if (!($1 in seen)) { seen[$1] = 1; order[++count] = $1 }
  if ($2 > rounds) rounds = $2
}
END {
  row = "%11s | %8s | %7s | %8s | %9s | %9s | %15s | %17s | %15s\n"
  printf row, "connections", "ours/s", "peer/s", "yarp/s", "ours:peer", "ours:yarp", "ours p50/p99", "peer p50/p99",
    "yarp p50/p99"
  for (k = 1; k <= count; k++) {
    c = order[k]
    split("ours peer yarp", names, " ")
    for (i = 1; i <= 3; i++) {
      rate[i] = median(names[i], c, 4)
      p50[i] = median(names[i], c, 5) / 1000
      wait[i] = sprintf("%.3f/%.3f", p50[i], median(names[i], c, 6) / 1000)
    }
    peer = ratio(rate[1], rate[2])
    yarp = ratio(rate[1], rate[3])
    printf row, c, sprintf("%.0f", rate[1]), sprintf("%.0f", rate[2]), sprintf("%.0f", rate[3]),
      sprintf("%.1f", peer), sprintf("%.2f", yarp), wait[1], wait[2], wait[3]
    if (c == 1)
      target(rate[1] > 0 && p50[1] <= p50[2] / 5,
        sprintf("at 1 connection: p50 at most a fifth of the peer: %.3f ms against %.3f ms", p50[1], p50[2]))
    else
      target(peer >= 25, sprintf("at %d connections: at least 25 times the tasks/s of the peer (aim 40): %.1f",
        c, peer))
    target(yarp >= 0.8, sprintf("at %d connection%s: at least 0.8 of the requests/s of YARP (aim 1.0): %.2f", c,
      c == 1 ? "" : "s", yarp))
  }
  for (i = 1; i <= 3; i++)
    target(bad[names[i]] == 0, sprintf("%s: every answer 2xx, none broken: %d others", names[i], bad[names[i]]))
  printf "\n%s", lines
  exit missed
}
