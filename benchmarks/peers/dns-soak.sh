#!/bin/bash
# Memory under full load for long: 65,534 machines, a full cache, and as much as two cores give of local names, cached
# names and both over TCP, with 1,000 new names a second for the upstream. What counts is what it grows by after the first
# tenth of the time.
#
#   bash benchmarks/peers/dns-soak.sh [SECONDS]      600 by default
set -euo pipefail

NAME=dns-soak.sh
WORK=/var/tmp/xennet-peers-soak
NS=xnpeers-soak
LASTS=${1:-600}
NEW_NAMES=1000

HERE=$(dirname "$(readlink -f "$0")")
# shellcheck source=benchmarks/peers/common.sh
. "$HERE/common.sh"
# shellcheck source=benchmarks/peers/dns-servers.sh
. "$HERE/dns-servers.sh"

main() {
    [ "$LASTS" -ge 10 ] || fail "SECONDS is 10 at least"
    prepare_run
    prepare_servers
    configure_xennet soak $UPSTREAM
    registry_of $NAMES soak
    start_upstream upstream $UPSTREAM 3600
    start_xennet soak
    await_answer xennet up.example.org

    local client pid tenth
    soak local -d "$WORK/questions" -q 50
    soak cached -d "$WORK/questions-cached" -q 50
    paste -d '\n' "$WORK/questions" "$WORK/questions-cached" > "$WORK/questions-mixed"
    soak tcp -m tcp -d "$WORK/questions-mixed" -c 8 -q 50 -Q 2000
    launch_inside new "$WORK/probe" "${PORT[xennet]}" $NEW_NAMES "$LASTS" x%u.example.org 2000000000

    pid=$(pid_of xennet)
    for tenth in $(seq 10); do
        # The clients end with the last second.
        sleep $((LASTS * tenth / 10 - LASTS * (tenth - 1) / 10 - (tenth == 10 ? (LASTS < 20 ? 1 : 2) : 0)))
        figure dns_soak_kib "$(rss_kib "$pid")"
        echo "after $tenth tenths: $(last dns_soak_kib) KiB"
    done

    for client in local cached tcp new; do
        wait_until 20 stopped "$client" || fail "$client has not ended"
        echo "$client: $(grep -E 'Queries (completed|lost)|Response codes|sent=' "$WORK/$client.log" | tr -s ' ' | paste -sd ';')"
    done
    # What it has logged that is not as usual; there is no uplink here.
    grep -E ' (warn|fail|crit): ' "$WORK/xennet.log" | grep -v 'no uplink' > "$WORK/complaints" || true
    head -n 5 "$WORK/complaints"
    result dns_soak_start_kib "$(sed -n 1p "$FIGURES/dns_soak_kib")"
    result dns_soak_middle_kib "$(sed -n 5p "$FIGURES/dns_soak_kib")"
    result dns_soak_end_kib "$(last dns_soak_kib)"
    result dns_soak_complaints "$(wc -l < "$WORK/complaints")"
    result dns_soak_growth_kib $(($(last dns_soak_kib) - $(sed -n 1p "$FIGURES/dns_soak_kib")))
}

# soak NAME DNSPERF-ARGUMENT...
soak() {
    local name=$1
    shift
    launch_inside "$name" dnsperf -s 127.0.0.1 -p "${PORT[xennet]}" -T 1 -t 2 -l "$LASTS" "$@"
}

main "$@"
