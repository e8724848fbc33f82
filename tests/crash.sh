#!/bin/bash
# kill -9 of the daemon or of a hook: N times at random moments while guests on and off bridges start, stop, are renamed and
# forgotten; then before each system call that changes anything, of every step and of the daemon's own start. After each
# the world is compared with what the calls were told. A failure prints the step and the seed; to see it again:
#   XENNET_CRASH_SEED=… bash tests/crash.sh N
# The ordinary test run does a few with a fixed seed, and one of sixty calls.
#
#   bash tests/crash.sh [N]       100 by default; as root
#   XENNET_CRASH_STRIDE=10        one of ten calls instead of each
set -euo pipefail

cd "$(dirname "$(readlink -f "$0")")/.."
export XENNET_CRASH_KILLS=${1:-100} XENNET_CRASH_SEED=${XENNET_CRASH_SEED:-$RANDOM} XENNET_CRASH_STRIDE=${XENNET_CRASH_STRIDE:-1}
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1
[[ $XENNET_CRASH_KILLS =~ ^[1-9][0-9]{0,5}$ ]] || { echo "usage: bash tests/crash.sh [N]" >&2; exit 2; }

bash tests/rig/install.sh
if [ -z "${XENNET_BINARY:-}" ]; then
    dotnet publish src/XenNet.Cli -c Release -r linux-x64 -o artifacts/bin -nologo -v quiet
    dotnet build tests/XenNet.HostTests -c Release -nologo -v quiet
fi
exec dotnet test tests/XenNet.HostTests -c Release --no-build --nologo --filter Category=Crash \
    --logger "console;verbosity=detailed"
