# Shared by the scripts of this folder: what they install, start and end. To be sourced.
# shellcheck shell=bash
# The one who sources sets: work (a folder for everything), root, here, body (the stub's answer), url (a map).

started=()

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "$(basename "$0"): $*"
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
