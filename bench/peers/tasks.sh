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
started=()

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "tasks.sh: $*"
  exit 2
}

# Ends exactly what this script started, last first.
# shellcheck disable=SC2317  # The trap below calls it.
finish() {
  local status=$? index
  trap - EXIT INT TERM
  for ((index = ${#started[@]} - 1; index >= 0; index--)); do
    kill "${started[index]}" 2>/dev/null || true
  done
  for ((index = ${#started[@]} - 1; index >= 0; index--)); do
    wait "${started[index]}" 2>/dev/null || true
  done
  rm -rf "$work"
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

install_missing() {
  local missing=() pair
  for pair in wrk:wrk nginx:nginx redis-server:redis-server node:nodejs npm:npm curl:curl; do
    command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
  done
  command -v dotnet >/dev/null || fail "the .NET SDK is missing"
  if ((${#missing[@]})); then
    ((EUID == 0)) || fail "missing: ${missing[*]}; run as root to have them installed, or install them"
    say "Installing: ${missing[*]}"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >"$work/apt.log"
  fi
  # npm leaves a copy of the lock file; when it is as new as ours, what is installed is what is pinned.
  if [[ ! -f $here/bullmq/node_modules/.package-lock.json \
    || $here/bullmq/package-lock.json -nt $here/bullmq/node_modules/.package-lock.json ]]; then
    say "Installing the Node peer"
    # Not `npm ci`: it wants the builds of an optional dependency for all platforms, which not every registry carries.
    # This takes the pinned versions just as well and leaves the lock file alone.
    (cd "$here/bullmq" && npm install --no-save --ignore-scripts --no-audit --no-fund) >"$work/npm.log" 2>&1 \
      || { cat "$work/npm.log" >&2; fail "npm could not install the peer"; }
    touch "$here/bullmq/node_modules/.package-lock.json"
  fi
}

build() {
  say "Building"
  if [[ -z ${OURS:-} ]]; then
    dotnet build "$root/src/Api" -c Release -v quiet >"$work/build.log" || { cat "$work/build.log" >&2; exit 2; }
  fi
  dotnet build "$here/yarp" -c Release -v quiet >"$work/build.log" || { cat "$work/build.log" >&2; exit 2; }
}

# Sets `port` to one of 127.0.0.1 that nobody listens on, below those that clients get.
free_port() {
  while true; do
    port=$((20000 + RANDOM % 12000))
    [[ " ${taken[*]:-} " == *" $port "* ]] && continue
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      taken+=("$port")
      return
    fi
  done
}
taken=()

# start NAME COMMAND...: runs it in the background, its output in a file that a failure shows.
start() {
  local name=$1
  shift
  "$@" >"$work/$name.log" 2>&1 &
  started+=($!)
}

# Waits until a task posted there gets the stub's answer.
wait_for() {
  local name=$1 answer='' attempt
  for ((attempt = 0; attempt < 120; attempt++)); do
    answer=$(post_one "${url[$name]}" || true)
    [[ $answer == "$body" ]] && return
    sleep 0.25
  done
  cat "$work/$name.log" >&2
  fail "$name gave no right answer within 30 s; the last one was: $answer"
}

post_one() {
  curl -s --max-time 5 -X POST "$1/task" -H "Authorization: $LB_AUTH_KEY" -H 'x-wr-auth: bench-worker-key' \
    -H 'Content-Type: application/json' \
    -d '{"group":"bench","function":"hello","contract":1,"input":{"name":"bench"}}'
}

start_stub() {
  free_port
  readonly stub=http://127.0.0.1:$port
  local functions='[{"name":"hello","params":{"name":{"type":"string","required":false}}}]'
  local health='{"group":"bench","contract":1,"status":"ready",'
  health+='"slots":{"used":0,"available":1000,"limit":1000,"queue":0},'
  health+='"system":{"uptime":1,"cpuLoad":0,"usedMemoryPercent":0},'
  health+="\"functions\":$functions,\"tags\":[],\"services\":[]}"
  mkdir "$work/nginx"
  cat >"$work/nginx/nginx.conf" <<CONF
daemon off;
worker_processes 1;
pid $work/nginx/pid;
error_log stderr crit;
$( ((EUID == 0)) && echo 'user root;')
events { worker_connections 8192; }
http {
  access_log off;
  default_type application/json;
  keepalive_requests 1000000000;
  keepalive_timeout 3600s;
  client_body_temp_path $work/nginx/body;
  proxy_temp_path $work/nginx/proxy;
  fastcgi_temp_path $work/nginx/fastcgi;
  uwsgi_temp_path $work/nginx/uwsgi;
  scgi_temp_path $work/nginx/scgi;
  server {
    listen 127.0.0.1:$port backlog=4096;
    location = /health { return 200 '$health'; }
    location = /task { return 200 '$body'; }
  }
}
CONF
  start stub nginx -p "$work/nginx" -c "$work/nginx/nginx.conf"
  url[stub]=$stub
  wait_for stub
}

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
  local connections round turn name
  for name in "${systems[@]}"; do
    say "Warming up $name"
    load "$name" 32 "$WARMUP" >/dev/null
  done
  for connections in $CONNECTIONS; do
    for ((round = 1; round <= ROUNDS; round++)); do
      # Each goes first, second and last in turn, so that what the one before leaves behind favours nobody.
      for ((turn = 0; turn < ${#systems[@]}; turn++)); do
        name=${systems[(turn + round - 1) % ${#systems[@]}]}
        local result
        result=$(load "$name" "$connections" "$DURATION")
        printf '%s\t%s\t%s\t%s\n' "$connections" "$round" "$name" "$result" >>"$work/runs.tsv"
        say "$(printf '%4s connections, round %s, %s: %s' "$connections" "$round" "$name" \
          "$(awk -F'\t' '{printf "%.0f/s, p50 %.3f ms, p99 %.3f ms", $1, $2 / 1000, $3 / 1000}' <<<"$result")")"
      done
    done
  done
}

machine() {
  printf 'Machine: %s x %s, load before the run %s\n' "$(nproc)" \
    "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$load_before"
  printf 'Versions: .NET %s, Node %s, Redis %s, nginx %s, YARP %s\n' "$(dotnet --version)" "$(node --version)" \
    "$(redis-server --version | sed 's/.* v=\([^ ]*\).*/\1/')" "$(nginx -v 2>&1 | sed 's#.*/##')" \
    "$(sed -n 's:.*<YarpVersion>\(.*\)</YarpVersion>.*:\1:p' "$root/Directory.Packages.props")"
  printf 'Run: %s s each, medians of %s, interleaved; latencies in ms; commit %s\n' "$DURATION" "$ROUNDS" \
    "$(git -C "$root" rev-parse --short HEAD 2>/dev/null || echo unknown)"
  printf 'Peer: Redis appendonly %s, Node processes: %s, concurrency %s\n\n' "$PEER_APPENDONLY" "$PEER_PROCESSES" "$CONCURRENCY"
}

read -r load_before _ </proc/loadavg
install_missing
build
start_stub
start_ours
start_peer
start_yarp
measure

mkdir -p "$artifacts"
cp "$work/runs.tsv" "$artifacts/tasks.tsv"
status=0
{ machine; awk -F'\t' -f "$here/tasks.awk" "$work/runs.tsv"; } >"$artifacts/tasks.txt" || status=$?
cat "$artifacts/tasks.txt"
say "Kept in ${artifacts#"$root"/}/tasks.txt, each run in tasks.tsv beside it."
exit "$status"
