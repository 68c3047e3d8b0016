#!/usr/bin/env bash
# Builds with warnings as errors, checks the formatting, runs every test and the short trials from outside, and closes
# with the line "N passed, N failed, N skipped". Needs the .NET SDK; installs the rest from Debian when it is missing.
set -euo pipefail
cd "$(dirname "$0")"

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
# Nodes and compilers that outlive the run would be processes that nobody ends.
export MSBUILDDISABLENODEREUSE=1
# Nothing here lives long enough to profit from the profiles that the runtime gathers: without them the build takes a
# quarter less time, and the hundreds of balancers that the tests start an eighth.
export DOTNET_TieredPGO=0

readonly projects=(Actors.Tests Engine.Tests Api.Tests Cli.Tests EndToEnd)
readonly results=artifacts/tests

# What the tests call besides the SDK: curl runs the line that the demo prints, redis-server is the shared store,
# chromium (without a screen) looks at the dashboard, prometheus reads the metrics, tmux is the terminal of abm top.
# Servers of the machine that packages would start are not wanted: tests start their own.
install_missing() {
  local missing=() tool
  for tool in curl redis-server chromium-headless-shell prometheus tmux; do
    command -v "$tool" >/dev/null || missing+=("$tool")
  done
  if ((${#missing[@]})); then
    echo "Installing: ${missing[*]}"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
  fi
}

# One compiler for all projects, which spares each of them its start; it is this run's own and ends with the build.
build() {
  local compiler=actorbalancer-$$ built=0 version sdks
  dotnet build ActorBalancer.sln -c Release --nologo -v quiet -warnaserror \
    -p:UseSharedCompilation=true "-p:SharedCompilationId=$compiler" || built=1
  version=$(dotnet --version)
  sdks=$(dotnet --list-sdks | sed -n "s/^$version \[\(.*\)\]$/\1/p")
  dotnet "$sdks/$version/Roslyn/bincore/VBCSCompiler.dll" "-pipename:$compiler" -shutdown >/dev/null || true
  return "$built"
}

# The tests from outside start hundreds of balancers, which spend most of their time on compiling themselves. Compiled
# ahead, as 'dotnet publish -p:PublishReadyToRun=true' delivers them, they take a fifth less; a machine that cannot have
# the compiler for that tests the others.
compile_ahead() {
  local program=artifacts/program folder assembly
  dotnet publish src/Api -c Release --nologo -v quiet --self-contained false -o "$program" \
    --ucr -p:AppendRuntimeIdentifierToOutputPath=false -p:PublishReadyToRun=true \
    -p:UseSharedCompilation=false >"$results/publish.txt" 2>&1 || return 1
  for folder in tests/EndToEnd/bin/Release/net10.0 bench/Trials/bin/Release/net10.0; do
    for assembly in "$program"/*.dll; do
      if [[ -f "$folder/${assembly##*/}" ]]; then cp "$assembly" "$folder/"; fi
    done
  done
}

# Heads a part of the output, with the seconds since the start.
say() {
  echo "== $1 (after $SECONDS s)"
}

# Runs trials and counts the lines of their table, which come once as they are ready and once together; a run without a
# table is a failure.
trials_passed=0
trials_failed=0
run_trials() {
  local log=$results/$1.txt passed failed
  shift
  "$@" | tee "$log" || true
  passed=$(sort -u "$log" | grep -v '^trial ' | grep -c '| pass$' || true)
  failed=$(sort -u "$log" | grep -c '| FAIL$' || true)
  ((passed + failed > 0)) || failed=1
  trials_passed=$((trials_passed + passed))
  trials_failed=$((trials_failed + failed))
}

# Adds up one attribute of the counters of all result files.
count() {
  local attribute=$1 sum=0 number
  while read -r number; do
    sum=$((sum + number))
  done < <(grep -ho "<Counters [^>]*" "$results"/*.trx 2>/dev/null | grep -o " $attribute=\"[0-9]*\"" | tr -dc '0-9\n')
  echo "$sum"
}

finish() {
  local broken=$1
  local passed failed total executed
  passed=$(($(count passed) + trials_passed))
  failed=$(($(count failed) + trials_failed))
  total=$(count total)
  executed=$(count executed)
  # A project that ended without a result, or a build that failed, is a failure even though no test says so.
  if ((broken > 0 && failed == 0)); then failed=$broken; fi
  echo "$passed passed, $failed failed, $((total - executed)) skipped"
  ((failed == 0)) || exit 1
  exit 0
}

rm -rf "$results"
mkdir -p "$results"

# Beside the build: it waits for the network, the build for the processors.
install_missing >"$results/install.txt" 2>&1 &
readonly installation=$!
say "Build"
if ! build; then
  echo "The build failed."
  finish 1
fi
if ! wait "$installation"; then
  cat "$results/install.txt"
  echo "What the tests need could not be installed."
  finish 1
fi
grep '^Installing' "$results/install.txt" || true
say "Compiling ahead"
compile_ahead || echo "The balancer could not be compiled ahead; the tests take longer."
# The build holds the code style; what is left is whitespace.
say "Formatting"
if ! dotnet format whitespace --folder . --verify-no-changes -v quiet; then
  echo "The formatting is not that of .editorconfig: run 'dotnet format'."
  finish 1
fi

broken=0
for project in "${projects[@]}"; do
  say "$project"
  dotnet test "tests/$project" -c Release --no-build --nologo -v quiet \
    --logger "trx;LogFileName=$project.trx" --logger "console;verbosity=minimal" \
    --results-directory "$results" --blame-hang --blame-hang-timeout 4m --blame-hang-dump-type none \
    || broken=$((broken + 1))
  [[ -f "$results/$project.trx" ]] || broken=$((broken + 1))
done

say "Crash trials: 3 kills each of the balancer, of a worker, of both"
run_trials crash bench/crash.sh --no-build --rounds 3
say "Trials, the short run"
run_trials trials bench/trials.sh --no-build --ci
say "End"
finish "$broken"
