#!/usr/bin/env bash
# Measures POST /task in mode sync side by side, in one run, in front of the same nginx stub worker:
#   ours  ActorBalancer with the embedded store
#   peer  Express + BullMQ on Redis + axios (bullmq/server.js), the usual way to build this with Node
#   yarp  YARP's bare forwarder (yarp/), which neither queues nor checks anything: the ceiling
# Prints medians of ROUNDS rounds and a line for each target; ends with 1 when one is missed.
#
# The peer does the same job: one process, as the Node balancer that ours replaces, and a Redis that survives a kill
# (appendonly, fsync every second), as our store does. Beyond that it is tuned in its favour: NODE_ENV=production, no job
# priority, the worker's answer is not parsed again, keep-alive to the worker, CONCURRENCY jobs at once (fewer did no
# better). PEER_PROCESSES=2 gives requests and the queue's worker a process each, and so both cores, which one Node
# process cannot use; PEER_APPENDONLY=no takes the disk away from it.
#
# Installs wrk, nginx, redis-server (and Node) from Debian and the peer from npm when they are missing. All servers
# listen on free ports of 127.0.0.1 and end with the script.
#
#   bench/peers/tasks.sh
#   DURATION=2 ROUNDS=1 bench/peers/tasks.sh              a quick look
#   OURS="dotnet /path/to/stand-in.dll" bench/peers/tasks.sh   another program in our place, told the same environment
set -euo pipefail

readonly DURATION=${DURATION:-5}            # seconds of each measurement
readonly WARMUP=${WARMUP:-20}              # seconds of load on each before the first measurement
readonly ROUNDS=${ROUNDS:-3}                # odd, so that a median exists
readonly CONNECTIONS=${CONNECTIONS:-1 32 128}
readonly CONCURRENCY=${CONCURRENCY:-1000}   # jobs that the peer runs at once
readonly PEER_PROCESSES=${PEER_PROCESSES:-1}
readonly PEER_APPENDONLY=${PEER_APPENDONLY:-yes}   # fsync every second; no: Redis forgets all when it is killed

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
readonly here root
readonly artifacts=$root/artifacts/peers
work=$(mktemp -d)
readonly work
readonly systems=(ours peer yarp)
readonly body='{"success":true,"result":{"message":"Hello bench!"}}'
export LB_AUTH_KEY=bench-balancer-key
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1

declare -A url

# shellcheck source=bench/peers/lib.sh
source "$here/lib.sh"

start_ours() {
  free_port
  url[ours]=http://127.0.0.1:$port
  printf '["%s"]\n' "$stub" >"$work/workers.json"
  local command=()
  read -ra command <<<"${OURS:-dotnet $root/src/Api/bin/Release/net10.0/ActorBalancer.Api.dll}"
  # WORKER_URL is for a stand-in alone: ours reads its workers from the file.
  (cd "$work" && exec env PORT="$port" BIND_ADDRESS=127.0.0.1 WORKERS_FILE="$work/workers.json" \
    DATA_DIR="$work/data" STORE=sqlite LOG_LEVEL=warn WORKER_URL="$stub" "${command[@]}") >"$work/ours.log" 2>&1 &
  started+=($!)
  wait_for ours
}

start_peer_process() {
  start "$1" env NODE_ENV=production ROLE="$2" PORT="$port" REDIS_PORT="$3" WORKER_URL="$stub" \
    CONCURRENCY="$CONCURRENCY" node "$here/bullmq/server.js"
}

start_peer() {
  free_port
  local redis=$port
  start redis redis-server --bind 127.0.0.1 --port "$redis" --save '' --appendonly "$PEER_APPENDONLY" --appendfsync everysec --dir "$work" --loglevel warning
  free_port
  url[peer]=http://127.0.0.1:$port
  local role=''
  if ((PEER_PROCESSES == 2)); then
    role=api
    start_peer_process peer-worker worker "$redis"
  fi
  start_peer_process peer "$role" "$redis"
  wait_for peer
}

start_yarp() {
  free_port
  url[yarp]=http://127.0.0.1:$port
  start yarp env PORT="$port" WORKER_URL="$stub" dotnet "$here/yarp/bin/Release/net10.0/ActorBalancer.YarpPeer.dll"
  wait_for yarp
}

# load NAME CONNECTIONS SECONDS: prints rate, p50, p99, bad answers, broken requests, with tabs between. One wrk
# thread is far from busy at these rates, and a second would take time from what is measured.
load() {
  wrk -t1 -c"$2" -d"$3s" --timeout 30s -s "$here/tasks.lua" "${url[$1]}" >"$work/wrk.log" \
    || { cat "$work/wrk.log" >&2; fail "wrk failed on $1"; }
  sed -n 's/^RESULT\t//p' "$work/wrk.log"
}

measure() {
  local connections round name result
  for name in "${systems[@]}"; do
    say "Warming up $name"
    load "$name" 32 "$WARMUP" >/dev/null
  done
  for connections in $CONNECTIONS; do
    for ((round = 1; round <= ROUNDS; round++)); do
      for name in $(rotated "$round" "${systems[@]}"); do
        result=$(load "$name" "$connections" "$DURATION")
        printf '%s\t%s\t%s\t%s\n' "$connections" "$round" "$name" "$result" >>"$work/runs.tsv"
        say "$(printf '%4s connections, round %s, %s: %s' "$connections" "$round" "$name" "$(summary "$result")")"
      done
    done
  done
}

conditions() {
  machine
  printf 'Versions: .NET %s, Node %s, Redis %s, nginx %s, YARP %s\n' "$(dotnet --version)" "$(node --version)" \
    "$(redis-server --version | sed 's/.* v=\([^ ]*\).*/\1/')" "$(version_of nginx)" "$(version_of yarp)"
  printf 'Peer: Redis appendonly %s, Node processes: %s, concurrency %s\n\n' "$PEER_APPENDONLY" "$PEER_PROCESSES" "$CONCURRENCY"
}

read -r load_before _ </proc/loadavg
install_missing wrk:wrk nginx:nginx redis-server:redis-server node:nodejs npm:npm curl:curl
install_node_peer bullmq
if [[ -z ${OURS:-} ]]; then build "$root/src/Api"; fi
build "$here/yarp"
start_stub
start_ours
start_peer
start_yarp
measure

mkdir -p "$artifacts"
cp "$work/runs.tsv" "$artifacts/tasks.tsv"
status=0
{ conditions; awk -F'\t' -f "$here/tasks.awk" "$work/runs.tsv"; } >"$artifacts/tasks.txt" || status=$?
cat "$artifacts/tasks.txt"
say "Kept in ${artifacts#"$root"/}/tasks.txt, each run in tasks.tsv beside it."
exit "$status"
