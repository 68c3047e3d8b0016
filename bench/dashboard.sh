#!/usr/bin/env bash
# Shows what it costs the tasks that people look on. Two questions, each answered side by side in one run:
#   streams  20 browsers' worth of event streams, each with all topics, and a poll of /status/history every 5 s
#   actors   GET /actors once a second on a system of more than 10,000 actors (5,000 workers, each with a queue)
# Full load on POST /task in mode sync, in front of an nginx stub worker, with and without. Prints medians of ROUNDS
# rounds, the memory of the process at the start and at the end, and a line for each target; ends with 1 when one is
# missed.
#
# Readers of streams run on the same machine and take of its cores what they need; that counts against the balancer.
#
# Installs wrk, nginx and curl from Debian when they are missing. All servers listen on free ports of 127.0.0.1 and end
# with the script.
#
#   bench/dashboard.sh
#   DURATION=2 WARMUP=3 ROUNDS=1 bench/dashboard.sh            a quick look
set -euo pipefail

readonly DURATION=${DURATION:-10}          # seconds of each measurement
readonly WARMUP=${WARMUP:-20}             # seconds of load before the first measurement
readonly ROUNDS=${ROUNDS:-5}               # odd, so that a median exists
readonly CONNECTIONS=${CONNECTIONS:-32}
readonly STREAMS=${STREAMS:-20}
readonly WORKERS=${WORKERS:-5000}          # of the system of many actors; each has a queue of its own
readonly RATIO_MIN=0.95                    # of the tasks a second, looked on to alone
readonly ACTORS_SECONDS_MAX=1              # for one GET /actors
readonly MEMORY_GROWTH_MAX=1.15            # of the memory in the last round to that in the first

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/.." && pwd)
readonly here root
readonly artifacts=$root/artifacts/dashboard
work=$(mktemp -d)
readonly work
readonly body='{"success":true,"result":{"message":"Hello bench!"}}'
export LB_AUTH_KEY=bench-balancer-key
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1

declare -A url process

# shellcheck source=bench/peers/lib.sh
source "$root/bench/peers/lib.sh"

# A stub for many workers: below /w/N it is the worker of group gN.
start_many() {
  free_port
  readonly many=http://127.0.0.1:$port
  local health='"contract":1,"status":"ready","slots":{"used":0,"available":10,"limit":10,"queue":0},'
  health+='"system":{"uptime":1,"cpuLoad":0,"usedMemoryPercent":0},'
  health+='"functions":[{"name":"hello","params":{"name":{"type":"string","required":false}}}],"tags":[],"services":[]}'
  start_nginx crowd 1 <<CONF
  default_type application/json;
  server {
    listen 127.0.0.1:$port backlog=4096;
    location ~ ^/w/([0-9]+)/health\$ { return 200 '{"group":"g\$1",$health'; }
    location = /ping { return 200 'pong'; }
  }
CONF
  wait_answer crowd pong curl -s --max-time 5 "$many/ping"
}

# start_balancer NAME WORKERS_FILE [SETTING=VALUE...]
start_balancer() {
  local name=$1 file=$2
  shift 2
  free_port
  url[$name]=http://127.0.0.1:$port
  mkdir "$work/$name"
  start "$name" env -C "$work/$name" PORT="$port" BIND_ADDRESS=127.0.0.1 WORKERS_FILE="$file" \
    DATA_DIR="$work/$name/data" STORE=sqlite LOG_LEVEL=warn "$@" \
    dotnet "$root/src/Api/bin/Release/net10.0/ActorBalancer.Api.dll"
  process[$name]=${started[-1]}
  wait_for "$name"
}

get() { curl -s --max-time 30 -H "Authorization: $LB_AUTH_KEY" "$@"; }

# count_actors NAME: how many it has.
count_actors() { get "${url[$1]}/actors?depth=1" | sed -n 's/^{"count":\([0-9]*\),.*/\1/p'; }

# Waits until the system of many actors has all of them.
wait_for_actors() {
  local attempt count=0
  for ((attempt = 0; attempt < 240; attempt++)); do
    count=$(count_actors many)
    ((${count:-0} >= 2 * WORKERS)) && return
    sleep 0.5
  done
  fail "only $count actors are there after two minutes"
}

# Resident memory of a process in bytes.
memory_of() { awk '$1 == "VmRSS:" { print $2 * 1024 }' "/proc/${process[$1]}/status"; }

# load NAME SECONDS: prints rate, p50, p99, bad answers, broken requests, with tabs between.
load() {
  wrk -t1 -c"$CONNECTIONS" -d"$2s" --timeout 30s -s "$root/bench/peers/tasks.lua" "${url[$1]}" >"$work/wrk.log" \
    || { cat "$work/wrk.log" >&2; fail "wrk failed on $1"; }
  sed -n 's/^RESULT\t//p' "$work/wrk.log"
}

# Opens the streams in one process, so that little of the machine goes to their readers; ends when it is killed.
# shellcheck disable=SC2317  # looked_on calls it.
open_streams() {
  local one arguments=()
  for ((one = 0; one < STREAMS; one++)); do
    arguments+=(-o /dev/null "${url[ours]}/events")
  done
  exec curl -sN -H "Authorization: $LB_AUTH_KEY" --parallel --parallel-immediate --parallel-max "$STREAMS" \
    "${arguments[@]}" 2>/dev/null
}

# shellcheck disable=SC2317  # looked_on calls it.
poll_history() {
  while get -o /dev/null "${url[ours]}/status/history"; do
    sleep 5
  done
}

# Asks for the whole tree once a second and notes how long each answer takes.
# shellcheck disable=SC2317  # looked_on calls it.
watch_actors() {
  while get -o /dev/null -w '%{time_total}\t%{size_download}\n' "${url[many]}/actors" >>"$work/actors.tsv"; do
    sleep 1
  done
}

# looked_on NAME FUNCTION...: load while the functions run.
looked_on() {
  local name=$1 onlookers=() one
  shift
  for one in "$@"; do
    # Not to the output that the load is read from, which would then wait for them.
    "$one" >/dev/null &
    onlookers+=($!)
  done
  if [[ $name == ours ]]; then wait_for_streams; fi
  load "$name" "$DURATION"
  for one in "${onlookers[@]}"; do
    kill "$one" 2>/dev/null || true
    wait "$one" 2>/dev/null || true
  done
}

wait_for_streams() {
  local attempt open=0
  for ((attempt = 0; attempt < 60; attempt++)); do
    open=$(get "${url[ours]}/status" | sed -n 's/.*"streams":{"open":\([0-9]*\)}.*/\1/p')
    ((${open:-0} >= STREAMS)) && return
    sleep 0.25
  done
  fail "only $open of $STREAMS streams are open"
}

# run NAME KIND: one measurement; notes it with the memory after it.
run() {
  local result
  case $1-$2 in
    ours-looked) result=$(looked_on ours open_streams poll_history) ;;
    many-looked) result=$(looked_on many watch_actors) ;;
    *) result=$(load "$1" "$DURATION") ;;
  esac
  printf '%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$round" "$(memory_of "$1")" "$result" >>"$work/runs.tsv"
  say "$(printf '%-4s %-6s round %s: %s' "$1" "$2" "$round" "$(summary "$result")")"
}

measure() {
  local name kind
  for name in ours many; do
    say "Warming up $name"
    load "$name" "$WARMUP" >/dev/null
    for ((round = 1; round <= ROUNDS; round++)); do
      for kind in $(rotated "$round" alone looked); do
        run "$name" "$kind"
      done
    done
  done
}

read -r load_before _ </proc/loadavg
install_missing wrk:wrk nginx:nginx curl:curl
build "$root/src/Api"
start_stub
start_many
printf '["%s"]\n' "$stub" >"$work/ours.json"
awk -v stub="$stub" -v many="$many" -v count="$WORKERS" 'BEGIN {
  printf "[\"%s\"", stub
  for (one = 1; one <= count; one++) printf ",\n\"%s/w/%d\"", many, one
  print "]"
}' >"$work/many.json"
start_balancer ours "$work/ours.json"
# The workers are looked at once an hour: their health calls are no part of the question.
start_balancer many "$work/many.json" WORKER_DISCOVERY_INTERVAL=3600000
wait_for_actors
actors=$(count_actors many)
measure

mkdir -p "$artifacts"
cp "$work/runs.tsv" "$artifacts/dashboard.tsv"
status=0
{
  machine
  printf 'Load: %s connections; %s streams of all topics; %s actors\n\n' "$CONNECTIONS" "$STREAMS" "$actors"
  awk -F'\t' -v ratio_min="$RATIO_MIN" -v seconds_max="$ACTORS_SECONDS_MAX" -v growth_max="$MEMORY_GROWTH_MAX" \
    -f "$here/dashboard.awk" "$work/runs.tsv" "$work/actors.tsv"
} >"$artifacts/dashboard.txt" || status=$?
cat "$artifacts/dashboard.txt"
say "Kept in ${artifacts#"$root"/}/dashboard.txt, each run in dashboard.tsv beside it."
exit "$status"
