#!/bin/bash
# What happens to a Xen host in a long time, one thing after the other by chance: guests on and off bridges start, stop, restart,
# migrate, are renamed and forgotten, with several vifs, taps and stub domains; links and nodes vanish without a hook; tables,
# addresses and routes are broken by others; the daemon is killed and reloaded. After each the registry, links, addresses, routes,
# neighbours, nft sets, xenstore and the answers of DNS and DHCP are compared with a model that knows nothing of the program. A
# difference is printed with what led to it and the seed; to see it again:
#   XENNET_LIFECYCLE_SEED=… bash tests/lifecycle.sh EVENTS
# The ordinary test run does a few with a fixed seed.
#
#   bash tests/lifecycle.sh [EVENTS]      2000 by default, some two hours of a busy host; as root
set -euo pipefail

cd "$(dirname "$(readlink -f "$0")")/.."
export XENNET_LIFECYCLE_EVENTS=${1:-2000} XENNET_LIFECYCLE_SEED=${XENNET_LIFECYCLE_SEED:-$RANDOM}
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1
[[ $XENNET_LIFECYCLE_EVENTS =~ ^[1-9][0-9]{0,6}$ ]] || { echo "usage: bash tests/lifecycle.sh [EVENTS]" >&2; exit 2; }

bash tests/rig/install.sh
if [ -z "${XENNET_BINARY:-}" ]; then
    dotnet publish src/XenNet.Cli -c Release -r linux-x64 -o artifacts/bin -nologo -v quiet
    dotnet build tests/XenNet.HostTests -c Release -nologo -v quiet
fi
exec dotnet test tests/XenNet.HostTests -c Release --no-build --nologo --filter FullyQualifiedName~LifecycleTests \
    --logger "console;verbosity=detailed"
