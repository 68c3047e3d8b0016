#!/usr/bin/env bash
# Shows what a cluster promises, from outside: real nodes, real workers, and a real Redis that it starts on a free port
# (appendonly yes, fsync every second). Prints trial | seeds | attempted | acked | lost | unexpected | duplicated | pass
# with notes below, and ends with 1 when something failed.
#
#   bench/cluster.sh kill        3 nodes, 4 workers, full speed at all nodes; 30 times a node is killed and started again
#   bench/cluster.sh pause       nodes that stand still for longer than their leases
#   bench/cluster.sh takeover    from a kill to the next run of what the node ran
#   bench/cluster.sh handover    clean stops under load
#   bench/cluster.sh ndid        one master, three API nodes, stopped in any order; the master killed
#   bench/cluster.sh curve       tasks/s and dispatch latency over 1, 2, 4 and 8 workers
#   bench/cluster.sh rate        tasks/s of one node, of three, and of the Express + BullMQ peer; Redis calls a task
#   bench/cluster.sh all         all of these (about 10 minutes)
#   bench/cluster.sh kill --seed 7     with a seed that was printed before
set -euo pipefail

readonly DURATION=${DURATION:-5}           # seconds of each measurement of rate
readonly WARMUP=${WARMUP:-10}              # seconds of load on each before the first measurement
readonly ROUNDS=${ROUNDS:-3}               # odd, so that a median exists
readonly CONNECTIONS=${CONNECTIONS:-96}    # a multiple of 3: three nodes share them
readonly CONCURRENCY=${CONCURRENCY:-1000}  # jobs that the peer runs at once

readonly parts=(kill pause takeover handover ndid curve rate all)
readonly what=${1:-}
if [[ " ${parts[*]} " != *" $what "* || -z $what ]]; then
  echo "usage: bench/cluster.sh $(IFS='|'; echo "${parts[*]}") [--seed N] [--ci]" >&2
  exit 2
fi
shift

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
here=$root/bench/peers
readonly root here
work=$(mktemp -d)
readonly work
readonly systems=(peer one three)
readonly artifacts=$root/artifacts/cluster
# shellcheck disable=SC2034  # start_stub and wait_for of lib.sh read it.
readonly body='{"success":true,"result":{"message":"Hello bench!"}}'
export LB_AUTH_KEY=bench-balancer-key
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1

declare -A url

# shellcheck source=bench/peers/lib.sh
source "$here/lib.sh"

trials() {
  dotnet "$root/bench/Trials/bin/Release/net10.0/ActorBalancer.Trials.dll" trials "$@"
}

# Sets `redis` to the port of a new one.
start_redis() {
  free_port
  redis=${port:?}
  mkdir "$work/redis-$redis"
  start "redis-$redis" redis-server --bind 127.0.0.1 --port "$redis" --save '' --appendonly yes --appendfsync everysec \
    --dir "$work/redis-$redis" --loglevel warning
  wait_answer "redis-$redis" PONG redis-cli -p "$redis" ping
}

# start_node NAME REDIS: a node with both roles.
start_node() {
  free_port
  url[$1]=http://127.0.0.1:$port
  # The stub under four addresses: four workers, so that three nodes have some each.
  printf '["%s", "%s", "%s", "%s"]\n' "${stub:?}" "${stub/.1:/.2:}" "${stub/.1:/.3:}" "${stub/.1:/.4:}" \
    >"$work/workers.json"
  start "$1" env PORT="$port" BIND_ADDRESS=127.0.0.1 WORKERS_FILE="$work/workers.json" DATA_DIR="$work/data-$1" \
    STORE=redis REDIS_URL="redis://127.0.0.1:$2" NODE_ID="$1" LOG_LEVEL=warn \
    dotnet "$root/src/Api/bin/Release/net10.0/ActorBalancer.Api.dll"
  wait_for "$1"
}

start_peer() {
  start_redis
  free_port
  url[peer]=http://127.0.0.1:$port
  start peer env NODE_ENV=production ROLE= PORT="$port" REDIS_PORT="$redis" WORKER_URL="$stub" \
    CONCURRENCY="$CONCURRENCY" node "$here/bullmq/server.js"
  wait_for peer
}

# load_one NODE CONNECTIONS SECONDS FILE
load_one() {
  wrk -t1 -c"$2" -d"$3s" --timeout 30s -s "$here/tasks.lua" "${url[$1]}" >"$4" || { cat "$4" >&2; return 1; }
}

# load SYSTEM SECONDS: prints rate, p50, p99, bad answers, broken requests, with tabs between. Of three nodes the rates
# add up, and the worst latency counts.
load() {
  local node nodes=("$1") loads=() file
  [[ $1 == three ]] && nodes=(n1 n2 n3)
  for node in "${nodes[@]}"; do
    load_one "$node" $((CONNECTIONS / ${#nodes[@]})) "$2" "$work/wrk-$node" &
    loads+=($!)
  done
  for node in "${loads[@]}"; do wait "$node" || fail "wrk failed on $1"; done
  for node in "${nodes[@]}"; do
    file=$work/wrk-$node
    sed -n 's/^RESULT\t//p' "$file"
  done | awk -F'\t' '{rate += $1; if ($2 > p50) p50 = $2; if ($3 > p99) p99 = $3; bad += $4; broken += $5}
    END {printf "%.1f\t%.0f\t%.0f\t%d\t%d\n", rate, p50, p99, bad, broken}'
}

# Counts what the nodes ask of Redis: MONITOR shows each command, those of scripts with "lua" beside them, which cost no
# round trip. The load is short, since MONITOR slows Redis down.
count_calls() {
  local watch rate tasks calls
  redis-cli -p "$redis_one" monitor >"$work/monitor" &
  watch=$!
  sleep 0.5
  rate=$(load one 3 | cut -f1)
  kill "$watch" 2>/dev/null || true
  wait "$watch" 2>/dev/null || true
  tasks=$(awk -v rate="$rate" 'BEGIN {printf "%.0f", rate * 3}')
  calls=$(grep -c '^[0-9.]* \[[0-9]* 127' "$work/monitor" || true)
  awk -v tasks="$tasks" -v calls="$calls" 'BEGIN {printf "%s\t%s\t%.3f\n", calls, tasks, (tasks > 0 ? calls / tasks : 99)}'
  grep '^[0-9.]* \[[0-9]* 127' "$work/monitor" | awk '{print toupper($4)}' | tr -d '"' | sort | uniq -c | sort -rn \
    | head -8 >"$work/commands"
}

rate() {
  local round name result count
  install_node_peer bullmq
  build "$root/src/Api"
  start_stub
  start_peer
  start_redis
  readonly redis_one=$redis
  start_node one "$redis"
  start_redis
  for name in n1 n2 n3; do start_node "$name" "$redis"; done
  for name in "${systems[@]}"; do
    say "Warming up $name"
    load "$name" "$WARMUP" >/dev/null
  done
  for ((round = 1; round <= ROUNDS; round++)); do
    for name in $(rotated "$round" "${systems[@]}"); do
      result=$(load "$name" "$DURATION")
      printf '%s\t%s\t%s\n' "$round" "$name" "$result" >>"$work/runs.tsv"
      say "round $round, $name: $(summary "$result")"
    done
  done
  count=$(count_calls)
  mkdir -p "$artifacts"
  {
    machine
    printf 'Redis %s, appendonly yes, everysec, one for each system; %s connections in all; four addresses of one stub as workers\n\n' \
      "$(redis-server --version | sed 's/.* v=\([^ ]*\).*/\1/')" "$CONNECTIONS"
    awk -F'\t' -v count="$count" -f "$root/bench/cluster.awk" "$work/runs.tsv"
    printf '\nCalls to Redis by name, in 3 s of load under MONITOR:\n'
    cat "$work/commands"
  } | tee "$artifacts/rate.txt"
  grep -q '^FAIL' "$artifacts/rate.txt" && return 1
  return 0
}

status=0
# shellcheck disable=SC2034  # machine() of lib.sh prints it.
read -r load_before _ </proc/loadavg
install_missing wrk:wrk nginx:nginx redis-server:redis-server redis-cli:redis-tools node:nodejs npm:npm curl:curl \
  strace:strace faketime:faketime
if [[ $what != rate ]]; then
  build "$root/bench/Trials"
  if [[ $what == all ]]; then
    trials cluster-kill cluster-pause cluster-takeover cluster-handover cluster-ndid cluster-curve "$@" || status=1
  else
    trials "cluster-$what" "$@" || status=1
  fi
fi
if [[ $what == rate || $what == all ]]; then
  rate || status=1
fi
exit "$status"
