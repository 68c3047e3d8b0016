#!/usr/bin/env bash
# Measures sticky proxies side by side, in one run, in front of the same backends:
#   ours     ActorBalancer with a smart-stick config.json: cookie, health checks and metrics as they are by default
#   nginx    proxy_pass over HTTP/1.1 with upstream connections kept open, 2 worker processes, no access log
#   haproxy  2 threads, http-reuse, its inserted cookie, health checks
#   yarp     YARP's bare forwarder (yarp/), which neither chooses nor checks anything
#   node     Express, cookie-parser and http-proxy-middleware (smart-stick/), with cookie and health checks
# by requests of 64 and 16384 bytes of answer over CONNECTIONS connections that stay open, and by a WebSocket echo of 64
# bytes a message over as many. Prints medians of ROUNDS rounds, the processor time that the proxy took for 1,000 of
# them, and a line for each target; ends with 1 when one is missed.
#
# The backends are an nginx that answers from memory, on two ports, and for WebSockets a bare echo (sockets/): both cost
# little, since proxy, client and backend share the machine. nginx and YARP have one backend, as they know no cookie; the
# others have two and find the cookie X-Backend-ID=1 in each request.
#
# Installs wrk, nginx, haproxy (and Node) from Debian and the Node peer from npm when they are missing. All servers
# listen on free ports of 127.0.0.1 and end with the script.
#
#   bench/peers/proxy.sh
#   DURATION=2 ROUNDS=1 WARMUP=3 bench/peers/proxy.sh               a quick look
#   CONTENDERS="ours yarp nginx" KINDS="small" bench/peers/proxy.sh   a part of it
# shellcheck disable=SC2317  # Some functions are called by a name in a variable.
set -euo pipefail

readonly DURATION=${DURATION:-5}            # seconds of each measurement
readonly WARMUP=${WARMUP:-10}               # seconds of load on each before the first measurement
readonly ROUNDS=${ROUNDS:-3}                # odd, so that a median exists
readonly CONNECTIONS=${CONNECTIONS:-64}
read -ra contenders <<<"${CONTENDERS:-ours nginx haproxy yarp node}"
read -ra kinds <<<"${KINDS:-small large socket}"   # 64 bytes, 16 KiB, WebSocket echo
readonly contenders kinds

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
readonly here root
readonly artifacts=$root/artifacts/peers
readonly cookie=X-Backend-ID=1
work=$(mktemp -d)
readonly work
export LB_AUTH_KEY=bench-balancer-key
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1

# Port of a contender and its process, each by "contender backend", where backend is http or socket: each contender
# runs twice, as its backends differ.
declare -A url ports pids
# The two backends of each.
declare -A first second

# shellcheck source=bench/peers/lib.sh
source "$here/lib.sh"

readonly sockets=$here/sockets/bin/Release/net10.0/ActorBalancer.SocketsPeer.dll

wants() { [[ " ${contenders[*]} " == *" $1 "* ]]; }

wants_kind() { [[ " ${kinds[*]} " == *" $1 "* ]]; }

start_http_backend() {
  free_port
  first[http]=$port
  free_port
  second[http]=$port
  mkdir "$work/files"
  head -c 64 /dev/zero | tr '\0' s >"$work/files/small"
  head -c 16384 /dev/zero | tr '\0' l >"$work/files/large"
  start_nginx backend 1 <<CONF
  default_type application/octet-stream;
  server {
    listen 127.0.0.1:${first[http]} backlog=4096;
    listen 127.0.0.1:${second[http]} backlog=4096;
    location = /health { return 204; }
    location = /small { return 200 '$(<"$work/files/small")'; }
    location = /large {
      root $work/files;
      sendfile on;
      tcp_nopush on;
      etag off;
      open_file_cache max=10;
      open_file_cache_valid 3600s;
    }
  }
CONF
}

start_socket_backend() {
  free_port
  first[socket]=$port
  start echo-1 inline dotnet "$sockets" echo "$port"
  free_port
  second[socket]=$port
  start echo-2 inline dotnet "$sockets" echo "$port"
}

# Sockets whose reader goes on where the data arrived save the backend and the client a change of threads for each
# message.
inline() { exec env DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS=1 "$@"; }

# start_CONTENDER BACKEND: on the free port `port`.
start_ours() {
  cat >"$work/ours-$1.json" <<JSON
{
  "port": $port,
  "strategy": "round-robin",
  "backends": [
    {"id": 1, "url": "http://127.0.0.1:${first[$1]}", "weight": 1},
    {"id": 2, "url": "http://127.0.0.1:${second[$1]}", "weight": 1}
  ],
  "health": {"interval": 1000, "path": "/health", "timeout": 500}
}
JSON
  local pool=$port
  # The door of the tasks, which nobody uses here.
  free_port
  start "ours-$1" env PORT="$port" BIND_ADDRESS=127.0.0.1 DATA_DIR="$work/data-$1" PROXY_CONFIG="$work/ours-$1.json" \
    dotnet "$root/src/Api/bin/Release/net10.0/ActorBalancer.Api.dll"
  port=$pool
}

start_nginx_peer() {
  start_nginx "nginx-$1" 2 <<CONF
  map \$http_upgrade \$connection_header { default upgrade; '' ''; }
  upstream backend {
    server 127.0.0.1:${first[$1]};
    keepalive 128;
    keepalive_requests 1000000000;
    keepalive_timeout 3600s;
  }
  server {
    listen 127.0.0.1:$port backlog=4096;
    location / {
      proxy_pass http://backend;
      proxy_http_version 1.1;
      proxy_set_header Host \$host;
      proxy_set_header Upgrade \$http_upgrade;
      proxy_set_header Connection \$connection_header;
    }
  }
CONF
}

start_haproxy_peer() {
  cat >"$work/haproxy-$1.cfg" <<CONF
global
  nbthread 2
  maxconn 4096
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout tunnel 1h
  option http-keep-alive
  http-reuse always
frontend front
  bind 127.0.0.1:$port
  default_backend back
backend back
  balance roundrobin
  option httpchk GET /health
  cookie X-Backend-ID insert indirect nocache httponly
  server s1 127.0.0.1:${first[$1]} cookie 1 check inter 1s
  server s2 127.0.0.1:${second[$1]} cookie 2 check inter 1s
CONF
  start "haproxy-$1" haproxy -db -f "$work/haproxy-$1.cfg"
}

start_yarp_peer() {
  start "yarp-$1" env PORT="$port" WORKER_URL="http://127.0.0.1:${first[$1]}" \
    dotnet "$here/yarp/bin/Release/net10.0/ActorBalancer.YarpPeer.dll"
}

start_node_peer() {
  start "node-$1" env NODE_ENV=production PORT="$port" \
    BACKENDS="http://127.0.0.1:${first[$1]},http://127.0.0.1:${second[$1]}" node "$here/smart-stick/server.js"
}

# start_contender NAME BACKEND: waits until it answers, too.
start_contender() {
  free_port
  case $1 in
    ours) start_ours "$2" ;;
    nginx | haproxy | yarp | node) "start_$1_peer" "$2" ;;
    *) fail "CONTENDERS has '$1': ours, nginx, haproxy, yarp and node are known" ;;
  esac
  pids[$1 $2]=${started[-1]}
  ports[$1 $2]=$port
  if [[ $2 == http ]]; then
    wait_answer "$1-$2" "$(<"$work/files/small")" get "$port" small
    wait_answer "$1-$2" "$(<"$work/files/large")" get "$port" large
  else
    wait_answer "$1-$2" 101 upgrade "$port"
  fi
}

get() { curl -s --max-time 5 -H "Cookie: $cookie" "http://127.0.0.1:$1/$2"; }

# Prints the status of a WebSocket handshake.
upgrade() {
  curl -s --max-time 1 -o /dev/null -w '%{http_code}' -H "Cookie: $cookie" -H 'Connection: Upgrade' \
    -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' \
    "http://127.0.0.1:$1/ws"
}

# Hundredths of a second that a process and its children have had on all processors.
processor_time() {
  local id sum=0 line fields
  for id in "$1" $(cat /proc/"$1"/task/*/children); do
    line=$(<"/proc/$id/stat")
    # The name in brackets may have spaces; user and system time are the 12th and 13th after it.
    read -ra fields <<<"${line##*) }"
    sum=$((sum + fields[11] + fields[12]))
  done
  printf '%s' "$sum"
}

# load NAME KIND SECONDS: prints rate, p50, p99, bad answers, broken requests, hundredths of a second of the processors,
# with tabs between. One wrk thread is enough; a second would take time from what is measured.
load() {
  local backend=http before after
  [[ $2 == socket ]] && backend=socket
  before=$(processor_time "${pids[$1 $backend]}")
  if [[ $backend == http ]]; then
    wrk -t1 -c"$CONNECTIONS" -d"$3s" --timeout 30s -s "$here/result.lua" -H "Cookie: $cookie" \
      "http://127.0.0.1:${ports[$1 http]}/$2" >"$work/load.log" || { cat "$work/load.log" >&2; fail "wrk failed on $1"; }
  else
    (inline dotnet "$sockets" load "${ports[$1 socket]}" "$CONNECTIONS" "$3" "$cookie") >"$work/load.log" \
      || { cat "$work/load.log" >&2; fail "the WebSocket load failed on $1"; }
  fi
  after=$(processor_time "${pids[$1 $backend]}")
  printf '%s\t%s' "$(sed -n 's/^RESULT\t//p' "$work/load.log")" $((after - before))
}

measure() {
  local kind round name result
  for kind in "${kinds[@]}"; do
    for name in "${contenders[@]}"; do
      say "Warming up $name, $kind"
      load "$name" "$kind" "$WARMUP" >/dev/null
    done
    for ((round = 1; round <= ROUNDS; round++)); do
      for name in $(rotated "$round" "${contenders[@]}"); do
        result=$(load "$name" "$kind" "$DURATION")
        printf '%s\t%s\t%s\t%s\n' "$kind" "$round" "$name" "$result" >>"$work/runs.tsv"
        say "$kind, round $round, $name: $(summary "$result")"
      done
    done
  done
}

conditions() {
  machine
  printf 'Versions: .NET %s, Node %s, nginx %s, HAProxy %s, YARP %s, http-proxy-middleware %s\n' "$(dotnet --version)" \
    "$(node --version)" "$(version_of nginx)" "$(haproxy -v | sed -n '1s/^HAProxy version \([^ ]*\).*/\1/p')" \
    "$(version_of yarp)" "$(sed -n 's/.*"http-proxy-middleware": "\(.*\)".*/\1/p' "$here/smart-stick/package.json")"
  printf 'Load: %s connections kept open, cookie %s\n\n' "$CONNECTIONS" "$cookie"
}

start_all() {
  local name
  if wants_kind small || wants_kind large; then
    start_http_backend
    for name in "${contenders[@]}"; do start_contender "$name" http; done
  fi
  if wants_kind socket; then
    start_socket_backend
    for name in "${contenders[@]}"; do start_contender "$name" socket; done
  fi
}

read -r load_before _ </proc/loadavg
for kind in "${kinds[@]}"; do
  [[ $kind =~ ^(small|large|socket)$ ]] || fail "KINDS has '$kind': small, large and socket are known"
done
install_missing wrk:wrk nginx:nginx haproxy:haproxy node:nodejs npm:npm curl:curl
projects=()
if wants_kind socket; then projects+=("$here/sockets"); fi
if wants ours; then projects+=("$root/src/Api"); fi
if wants yarp; then projects+=("$here/yarp"); fi
if wants node; then install_node_peer smart-stick; fi
build "${projects[@]}"
start_all
measure

mkdir -p "$artifacts"
cp "$work/runs.tsv" "$artifacts/proxy.tsv"
status=0
{ conditions; awk -F'\t' -v seconds="$DURATION" -f "$here/proxy.awk" "$work/runs.tsv"; } >"$artifacts/proxy.txt" || status=$?
cat "$artifacts/proxy.txt"
say "Kept in ${artifacts#"$root"/}/proxy.txt, each run in proxy.tsv beside it."
exit "$status"
