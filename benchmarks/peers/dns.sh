#!/bin/bash
# DNS: xennet beside dnsmasq, unbound, knot and a responder that looks nothing up, in parts:
#
#   local       a zone of 65,534 names: time to the first answer, queries/s, CPU per query, memory
#   forwarding  10,000 names of an upstream of our own, from the cache; then names that nobody has asked for yet
#   changes     how long a query waits while 1,000 machines a second are added, and whether each is right at once;
#               memory with everything full
#   outages     one dead upstream of two; all dead: the stale answer, local names meanwhile, the way back
#
# In each round every server starts afresh; rounds are repeated and the order of the servers turns, so that noise meets
# all of them alike. dns-soak.sh is the long run.
#
#   bash benchmarks/peers/dns.sh
#   ROUNDS=5 SECONDS_EACH=4 PARTS="local forwarding changes outages" SERVERS="xennet dnsmasq unbound knot fixed"
#
# As root, on an idle machine: client and servers share its cores. Compare within one run; quote ratios.
set -euo pipefail

NAME=dns.sh
WORK=/var/tmp/xennet-peers-dns
NS=xnpeers-dns
ROUNDS=${ROUNDS:-5}
SECONDS_EACH=${SECONDS_EACH:-4}
PARTS=${PARTS:-local forwarding changes outages}
SERVERS=${SERVERS:-xennet dnsmasq unbound knot fixed}

HERE=$(dirname "$(readlink -f "$0")")
# shellcheck source=benchmarks/peers/common.sh
. "$HERE/common.sh"
for part in servers local forwarding changes outages; do
    # shellcheck source=/dev/null
    . "$HERE/dns-$part.sh"
done

main() {
    prepare_run
    prepare_servers
    local part round
    for part in $PARTS; do
        "prepare_$part"
    done
    for part in $PARTS; do
        for round in $(seq "$ROUNDS"); do
            "measure_$part" "$round"
        done
    done
    echo
    for part in $PARTS; do
        "report_$part"
    done
}

main "$@"
