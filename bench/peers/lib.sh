# Shared by the scripts of this folder: what they install, start and end. To be sourced.
# shellcheck shell=bash
# The one who sources sets: work (a folder for everything), root, here, url (a map); DURATION, ROUNDS and load_before for
# machine(); body (the stub's answer) for start_stub().
# shellcheck disable=SC2154  # That is where these come from.

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

# install_missing COMMAND:PACKAGE...: installs from Debian what is not there yet.
install_missing() {
  local missing=() pair
  for pair in "$@"; do
    command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
  done
  command -v dotnet >/dev/null || fail "the .NET SDK is missing"
  if ((${#missing[@]})); then
    ((EUID == 0)) || fail "missing: ${missing[*]}; run as root to have them installed, or install them"
    say "Installing: ${missing[*]}"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >"$work/apt.log"
  fi
}

# install_node_peer FOLDER: what its lock file pins.
install_node_peer() {
  local folder=$here/$1
  # npm leaves a copy of the lock file; when it is as new as ours, what is installed is what is pinned.
  if [[ ! -f $folder/node_modules/.package-lock.json \
    || $folder/package-lock.json -nt $folder/node_modules/.package-lock.json ]]; then
    say "Installing the Node peer"
    # Not `npm ci`: it wants the builds of an optional dependency for all platforms, which not every registry carries.
    # This takes the pinned versions just as well and leaves the lock file alone.
    (cd "$folder" && npm install --no-save --ignore-scripts --no-audit --no-fund) >"$work/npm.log" 2>&1 \
      || { cat "$work/npm.log" >&2; fail "npm could not install the peer"; }
    touch "$folder/node_modules/.package-lock.json"
  fi
}

# build PROJECT...: their release builds.
build() {
  local project
  say "Building"
  for project in "$@"; do
    dotnet build "$project" -c Release -v quiet >"$work/build.log" || { cat "$work/build.log" >&2; exit 2; }
  done
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

# wait_answer NAME EXPECTED COMMAND...: until the command prints what is expected.
wait_answer() {
  local name=$1 expected=$2 answer='' attempt
  shift 2
  for ((attempt = 0; attempt < 120; attempt++)); do
    answer=$("$@" || true)
    [[ $answer == "$expected" ]] && return
    sleep 0.25
  done
  cat "$work/$name.log" >&2
  fail "$name gave no right answer within 30 s; the last one was: $answer"
}

# Waits until a task posted there gets the stub's answer.
wait_for() { wait_answer "$1" "$body" post_one "${url[$1]}"; }

post_one() {
  curl -s --max-time 5 -X POST "$1/task" -H "Authorization: $LB_AUTH_KEY" -H 'x-wr-auth: bench-worker-key' \
    -H 'Content-Type: application/json' \
    -d '{"group":"bench","function":"hello","contract":1,"input":{"name":"bench"}}'
}

# start_nginx NAME WORKERS: in the foreground, with what it reads from the standard input as the body of `http`. Nothing
# of it is written outside of the work folder, and connections stay open as long as their clients want.
start_nginx() {
  local name=$1 folder=$work/$1
  mkdir "$folder"
  cat >"$folder/nginx.conf" <<CONF
daemon off;
worker_processes $2;
pid $folder/pid;
error_log stderr crit;
$( ((EUID == 0)) && echo 'user root;')
events { worker_connections 8192; }
http {
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 3600s;
  client_body_temp_path $folder/body;
  proxy_temp_path $folder/proxy;
  fastcgi_temp_path $folder/fastcgi;
  uwsgi_temp_path $folder/uwsgi;
  scgi_temp_path $folder/scgi;
$(cat)
}
CONF
  start "$name" nginx -p "$folder" -c "$folder/nginx.conf"
}

start_stub() {
  free_port
  readonly stub=http://127.0.0.1:$port
  local functions='[{"name":"hello","params":{"name":{"type":"string","required":false}}}]'
  local health='{"group":"bench","contract":1,"status":"ready",'
  health+='"slots":{"used":0,"available":1000,"limit":1000,"queue":0},'
  health+='"system":{"uptime":1,"cpuLoad":0,"usedMemoryPercent":0},'
  health+="\"functions\":$functions,\"tags\":[],\"services\":[]}"
  start_nginx stub 1 <<CONF
  default_type application/json;
  server {
    listen 127.0.0.1:$port backlog=4096;
    listen 127.0.0.2:$port;
    listen 127.0.0.3:$port;
    listen 127.0.0.4:$port;
    location = /health { return 200 '$health'; }
    location = /task { return 200 '$body'; }
  }
CONF
  url[stub]=$stub
  wait_for stub
}

# rotated ROUND NAME...: prints the names, beginning with another one in each round, so that what the one before leaves
# behind favours nobody.
rotated() {
  local round=$1 turn
  shift
  local names=("$@")
  for ((turn = 0; turn < ${#names[@]}; turn++)); do
    printf '%s\n' "${names[(turn + round - 1) % ${#names[@]}]}"
  done
}

# summary RESULT: a result for people.
summary() { awk -F'\t' '{printf "%.0f/s, p50 %.3f ms, p99 %.3f ms", $1, $2 / 1000, $3 / 1000}' <<<"$1"; }

# Where the figures were taken.
machine() {
  printf 'Machine: %s x %s, load before the run %s\n' "$(nproc)" \
    "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$load_before"
  printf 'Run: %s s each, medians of %s, interleaved; latencies in ms; commit %s\n' "$DURATION" "$ROUNDS" \
    "$(git -C "$root" rev-parse --short HEAD 2>/dev/null || echo unknown)"
}

version_of() {
  case $1 in
    nginx) nginx -v 2>&1 | sed 's#.*/##' ;;
    yarp) sed -n 's:.*<YarpVersion>\(.*\)</YarpVersion>.*:\1:p' "$root/Directory.Packages.props" ;;
  esac
}
