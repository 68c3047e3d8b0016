#!/usr/bin/env bash
# Kills the balancer, its workers, or both with -9 at random moments while tasks are posted at full speed, then checks
# that everything acknowledged has ended and every webhook arrived. Prints one line of the table of bench/trials.sh for
# each victim and ends with 1 when something is lost.
#
#   bench/crash.sh --rounds 50                    the balancer, then a worker, then both: 50 kills each
#   bench/crash.sh --rounds 5 --kill balancer --seed 7
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1

# With --no-build as the first argument what was built before is run.
if [[ "${1:-}" == --no-build ]]; then
  shift
else
  dotnet build "$root/bench/Trials" -c Release --nologo -v quiet >&2
fi
trials=$root/bench/Trials/bin/Release/net10.0/ActorBalancer.Trials.dll

if [[ " $* " == *" --kill "* ]]; then
  exec dotnet "$trials" crash "$@"
fi
failed=0
for victim in balancer worker both; do
  dotnet "$trials" crash "$@" --kill "$victim" || failed=1
done
exit "$failed"
