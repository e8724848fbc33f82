#!/bin/bash
# Feeds nearly sound packets to the parsers (DNS, DHCP, netlink, TFTP), the responders, the checker of upstreams' replies and
# the cache behind it for SECONDS each, with a new seed that is printed. A failure prints the packet and the seed; to see it again:
#   XENNET_FUZZ_SEED=… bash tests/fuzz.sh SECONDS
# The ordinary test run does a bounded number of rounds with fixed seeds.
#
#   bash tests/fuzz.sh [SECONDS]       60 by default
set -euo pipefail

cd "$(dirname "$(readlink -f "$0")")/.."
export XENNET_FUZZ_SECONDS=${1:-60}
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1
[[ $XENNET_FUZZ_SECONDS =~ ^[1-9][0-9]{0,5}$ ]] || { echo "usage: bash tests/fuzz.sh [SECONDS]" >&2; exit 2; }

dotnet build tests/XenNet.Tests -c Release -nologo -v quiet
exec dotnet test tests/XenNet.Tests -c Release --no-build --nologo --filter Category=Fuzz \
    --logger "console;verbosity=detailed"
