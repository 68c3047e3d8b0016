#!/usr/bin/env bash
# Measures how fast tasks are taken in durably, side by side, in one run, while nothing works on them:
#   lines   ActorBalancer, POST /tasks with 500 tasks a request (LINES_A_REQUEST) as NDJSON, the store with synchronous=FULL
#   single  ActorBalancer, POST /task in mode async, one task a request, 32 connections
#   peer    BullMQ's queue.add on a Redis with appendfsync always, 32 connections, no HTTP in between
# Prints medians of ROUNDS rounds and a line for each target; ends with 1 when one is missed. What was acknowledged is
# counted again after a kill -9 and a restart: none may be missing.
#
#   bench/peers/submit.sh
#   DURATION=2 ROUNDS=1 bench/peers/submit.sh              a quick look
set -euo pipefail

readonly DURATION=${DURATION:-5}       # seconds of each measurement
readonly ROUNDS=${ROUNDS:-3}           # odd, so that a median exists
readonly EACH=${LINES_A_REQUEST:-500}  # tasks of one NDJSON request

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
readonly here root
readonly artifacts=$root/artifacts/peers
# On the disk of the checkout: /tmp may lie in memory, where a sync costs nothing.
mkdir -p "$artifacts"
work=$(mktemp -d "$artifacts/submit.XXXXXX")
readonly work
readonly body='{"success":true,"result":{"message":"Hello bench!"}}'
export LB_AUTH_KEY=bench-balancer-key
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1

declare -A url

# shellcheck source=bench/peers/lib.sh
source "$here/lib.sh"

start_ours() {
  # After a kill the port is the same.
  if [[ -z ${url[ours]:-} ]]; then
    free_port
    ours_port=$port
    url[ours]=http://127.0.0.1:$port
    printf '["%s"]\n' "$stub" >"$work/workers.json"
  fi
  (cd "$work" && exec env PORT="$ours_port" BIND_ADDRESS=127.0.0.1 WORKERS_FILE="$work/workers.json" \
    DATA_DIR="$work/data" STORE=sqlite LOG_LEVEL=warn QUEUE_LIMIT=100000000 INTAKE_LIMIT=100000000 \
    QUEUE_BYTES_LIMIT=64gb dotnet "$root/src/Api/bin/Release/net10.0/ActorBalancer.Api.dll") >>"$work/ours.log" 2>&1 &
  ours_pid=$!
  started+=("$ours_pid")
}

call() { curl -sf --max-time 60 -H "Authorization: $LB_AUTH_KEY" "$@"; }

pause_ours() { call -X POST "${url[ours]}/queues/bench/1/pause" >/dev/null || fail "the queue could not be paused"; }

queued() { call "${url[ours]}/queues" | sed 's/.*"queued":\([0-9]*\).*/\1/'; }

start_redis() {
  free_port
  redis=$port
  start redis redis-server --bind 127.0.0.1 --port "$redis" --save '' --appendonly yes --appendfsync always \
    --dir "$work" --loglevel warning
}

# one NAME: prints tasks/s, p50, p99, bad answers, broken requests, with tabs between.
one() {
  case $1 in
    lines) LINES_A_REQUEST=$EACH wrk -t1 -c4 -d"${DURATION}s" --timeout 30s -s "$here/submit.lua" "${url[ours]}" ;;
    single) LINES_A_REQUEST=0 wrk -t1 -c32 -d"${DURATION}s" --timeout 30s -s "$here/submit.lua" "${url[ours]}" ;;
    peer) REDIS_PORT=$redis CONNECTIONS=32 SECONDS=$DURATION node "$here/bullmq/submit.js" ;;
  esac >"$work/run.log" || { cat "$work/run.log" >&2; fail "$1 failed"; }
  sed -n 's/^RESULT\t//p' "$work/run.log"
}

measure() {
  local round name result
  local systems=(lines single peer)
  for name in "${systems[@]}"; do
    say "Warming up $name"
    one "$name" >/dev/null
  done
  for ((round = 1; round <= ROUNDS; round++)); do
    for name in $(rotated "$round" "${systems[@]}"); do
      result=$(one "$name")
      printf '%s\t%s\t%s\n' "$round" "$name" "$result" >>"$work/runs.tsv"
      say "round $round, $name: $(summary "$result")"
    done
  done
}

# Kills the balancer and counts what is there afterwards; more than was acknowledged is allowed, less is not.
check_loss() {
  local before after attempt
  before=$(queued)
  kill -9 "$ours_pid"
  wait "$ours_pid" 2>/dev/null || true
  start_ours
  for ((attempt = 0; attempt < 240; attempt++)); do
    after=$(queued 2>/dev/null || true)
    [[ -n $after ]] && break
    sleep 0.25
  done
  printf '%s\t%s\n' "$before" "${after:-0}" >"$work/loss.tsv"
}

report() {
  awk -F'\t' '
    function median(name,    n, i, j, t, v) {
      n = 0
      for (i = 1; i <= count[name]; i++) v[++n] = rate[name, i]
      for (i = 2; i <= n; i++)
        for (j = i; j > 1 && v[j] < v[j - 1]; j--) { t = v[j]; v[j] = v[j - 1]; v[j - 1] = t }
      return v[int((n + 1) / 2)]
    }
    function target(ok, text) { if (!ok) missed = 1; lines = lines sprintf("%s  %s\n", ok ? "pass" : "FAIL", text) }
    FILENAME ~ /loss/ { before = $1; after = $2; next }
    { rate[$2, ++count[$2]] = $3; p50[$2] = $4 / 1000; bad[$2] += $6 + $7 }
    END {
      peer = median("peer")
      printf "%8s | %10s | %9s\n", "", "tasks/s", "x peer"
      printf "%8s | %10.0f | %9.1f\n", "lines", median("lines"), median("lines") / peer
      printf "%8s | %10.0f | %9.1f\n", "single", median("single"), median("single") / peer
      printf "%8s | %10.0f | %9.1f\n", "peer", peer, 1
      target(median("lines") >= 10 * peer, sprintf("NDJSON at least 10 times single adds of BullMQ: %.1f", median("lines") / peer))
      target(median("single") >= 3 * peer, sprintf("single posts at least 3 times them: %.1f", median("single") / peer))
      target(bad["lines"] + bad["single"] == 0, sprintf("every answer 2xx, none broken: %d others", bad["lines"] + bad["single"]))
      target(after >= before && before > 0, sprintf("after kill -9 and restart all %d are there: %d", before, after))
      printf "\n%s", lines
      exit missed
    }' "$work/loss.tsv" "$work/runs.tsv"
}

install_missing wrk:wrk nginx:nginx redis-server:redis-server node:nodejs npm:npm curl:curl
install_node_peer bullmq
build "$root/src/Api"
start_stub
start_ours
wait_for ours
pause_ours
start_redis
measure
check_loss
status=0
report >"$artifacts/submit.txt" || status=$?
cat "$artifacts/submit.txt"
cp "$work/runs.tsv" "$artifacts/submit.tsv"
say "Kept in ${artifacts#"$root"/}/submit.txt, each run in submit.tsv beside it."
exit "$status"
