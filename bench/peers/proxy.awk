# Reads the runs of proxy.sh and prints the table of medians and a line for each target; ends with 1 when one is missed.
# Columns: kind, round, system, requests/s, p50 us, p99 us, answers of 400 and above, broken requests, hundredths of a
# second that the proxy had on the processors.
function median(name, kind, field,    i, j, n, t, values) {
  n = 0
  for (i = 1; i <= rounds; i++) values[++n] = runs[name, kind, i, field]
  for (i = 2; i <= n; i++)
    for (j = i; j > 1 && values[j] < values[j - 1]; j--) { t = values[j]; values[j] = values[j - 1]; values[j - 1] = t }
  return values[int((n + 1) / 2)]
}
function ratio(a, b) { return b > 0 ? a / b : 0 }
function target(ok, text) {
  if (!ok) missed = 1
  lines = lines sprintf("%s  %s\n", ok ? "pass" : "FAIL", text)
}
function faster(kind, name, times, aim,    is) {
  if (!((name, kind) in first) || !(("ours", kind) in first)) return
  is = ratio(rate["ours", kind], rate[name, kind])
  target(is >= times, sprintf("%s: at least %s times the %s/s of %s%s: %.2f", label[kind], times, unit[kind], name, aim, is))
}
{
  for (field = 4; field <= 8; field++) runs[$3, $1, $2, field] = $field + 0
  # Processor seconds for 1,000 requests; the rate holds for the seconds of the run.
  runs[$3, $1, $2, 9] = $4 > 0 ? ($9 / 100) / ($4 * seconds / 1000) : 0
  first[$3, $1] = 1
  bad[$3] += $7 + $8
  if (!($1 in kindSeen)) { kindSeen[$1] = 1; kinds[++kindCount] = $1 }
  if (!($3 in seen)) { seen[$3] = 1; names[++count] = $3 }
  if ($2 > rounds) rounds = $2
}
END {
  label["small"] = "64 bytes"; label["large"] = "16 KiB"; label["socket"] = "WebSocket echo"
  unit["small"] = unit["large"] = "requests"; unit["socket"] = "messages"
  printf "%14s | %8s | %9s | %8s | %8s | %12s | %11s\n", "", "", "rate/s", "p50", "p99", "cpu s/1,000", "ours : this"
  for (k = 1; k <= kindCount; k++) {
    kind = kinds[k]
    for (i = 1; i <= count; i++) rate[names[i], kind] = median(names[i], kind, 4)
    for (i = 1; i <= count; i++) {
      name = names[i]
      p99[name, kind] = median(name, kind, 6) / 1000
      printf "%14s | %8s | %9.0f | %8.3f | %8.3f | %12.4f | %11s\n", label[kind], name, rate[name, kind],
        median(name, kind, 5) / 1000, p99[name, kind], median(name, kind, 9),
        "ours" in seen ? sprintf("%.2f", ratio(rate["ours", kind], rate[name, kind])) : "-"
    }
    # A tunnel is passed on as bytes by all, so that a multiple of Node's is no target there.
    if (kind != "socket") faster(kind, "node", 20, "")
    faster(kind, "yarp", 1.0, "")
    faster(kind, "nginx", 0.7, " (aim 1.0)")
    if (("nginx", kind) in first && ("ours", kind) in first)
      target(p99["ours", kind] <= 1.5 * p99["nginx", kind], sprintf("%s: p99 at most 1.5 times that of nginx: %.3f ms against %.3f ms",
        label[kind], p99["ours", kind], p99["nginx", kind]))
  }
  for (i = 1; i <= count; i++)
    target(bad[names[i]] == 0, sprintf("%s: every answer right, none broken: %d others", names[i], bad[names[i]]))
  printf "\n%s", lines
  exit missed
}
