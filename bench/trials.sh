#!/usr/bin/env bash
# Runs the trials of the stores, of the cluster and of the proxy from outside: real processes that are killed, starved,
# deceived and flooded.
# Prints trial | seeds | attempted | acked | lost | unexpected | duplicated | pass, and ends with 1 when one failed.
# Needs root for the small tmpfs of trial 3; installs strace and faketime from Debian when they are missing.
#
#   bench/trials.sh                 all of them (about 45 minutes), those whose figure is a time among them
#   bench/trials.sh --ci            the short run with every change (about 2 minutes): what loses or forges tasks
#   bench/trials.sh 3 12 --seed 7   some, with a seed that was printed before
#   bench/trials.sh proxy-failover proxy-websockets proxy-soak proxy-slow proxy-frames
#   bench/trials.sh --list
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1

missing=()
command -v strace >/dev/null || missing+=(strace)
command -v faketime >/dev/null || missing+=(faketime)
if ((${#missing[@]})); then
  echo "Installing: ${missing[*]}" >&2
  apt-get update -qq >&2
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" >&2
fi

# With --no-build as the first argument what was built before is run.
if [[ "${1:-}" == --no-build ]]; then
  shift
else
  dotnet build "$root/bench/Trials" -c Release --nologo -v quiet >&2
fi
exec dotnet "$root/bench/Trials/bin/Release/net10.0/ActorBalancer.Trials.dll" trials "$@"
