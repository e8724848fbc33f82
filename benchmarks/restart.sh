#!/bin/bash
# A host with COUNT guests up on which xennet starts again: how long until it serves, and what it takes of memory then.
#
#   bash benchmarks/restart.sh
#   COUNT="2000 8000" SHOWN="10 65535" ROUNDS=3      the defaults
#
# As root. The registry is written as xennet leaves it. COUNT's links are intermediate functional blocks (ifb) in a namespace of
# their own, with the addresses that xennet gives. SHOWN's are only named to xennet by links.c in the kernel's dumps: so many real
# ones would hold the kernel's lock for minutes when they go. All that xennet makes of them, and the nft sets, are real. Nothing
# is attached one by one, for that is what benchmarks/storm.sh measures.
set -euo pipefail
shopt -s inherit_errexit

NAME=restart.sh
WORK=/var/tmp/xennet-restart
DOM0=xnrestart
COUNT=${COUNT-2000 8000}
SHOWN=${SHOWN-10 65535}
ROUNDS=${ROUNDS:-3}
export XENNET_SOCKET=$WORK/run/control.sock

HERE=$(dirname "$(readlink -f "$0")")
# shellcheck source=benchmarks/peers/common.sh
. "$HERE/peers/common.sh"

main() {
    prepare_run
    cat > "$WORK/xennet.toml" <<TOML
state-dir = "$WORK/state"
run-dir = "$WORK/run"
[network]
nat = false
[dns]
port = 0
TOML
    gcc -O2 -Wall -shared -fPIC -o "$WORK/links.so" "$HERE/links.c" -ldl
    local count
    for count in $COUNT; do
        prepare_dom0
        prepare_links "$count"
        ip -n $DOM0 -o link show type ifb | sed -E 's/^([0-9]+): vif([0-9]+)\.0: .*/\1 \2/' | prepare_registry
        measure "$count" "$count"
    done
    for count in $SHOWN; do
        prepare_dom0
        seq "$count" | awk '{ print 100000 + $1, $1 }' | prepare_registry
        measure "shown_$count" "$count" env LINKS="$count" LD_PRELOAD="$WORK/links.so"
    done
    for figure in "$FIGURES"/*; do
        result_median "${figure##*/}"
    done
}

prepare_dom0() {
    [ ! -e /run/netns/$DOM0 ] || ip netns del $DOM0
    ip netns add $DOM0
    ip netns exec $DOM0 sysctl -q -w net.ipv6.conf.default.disable_ipv6=1
    ip -n $DOM0 link set lo up
}

prepare_links() {
    seq "$1" | awk '{ print "link add vif" $1 ".0 address fe:ff:ff:ff:ff:ff type ifb\nlink set vif" $1 ".0 up" }' \
        | ip -n $DOM0 -batch -
    seq "$1" | awk '{ printf "address add 10.%d.%d.129/32 dev vif%d.0\n", $1 / 256, $1 % 256, $1 }' | ip -n $DOM0 -batch -
}

# Of lines "INDEX NUMBER".
prepare_registry() {
    rm -rf "$WORK/state"
    launch xennet "$WORK/xennet.log" ip netns exec $DOM0 "$XENNET" serve --config "$WORK/xennet.toml"
    wait_until 10 "$XENNET" status || fail "xennet is not up: $(tail -n 3 "$WORK/xennet.log")"
    end xennet
    awk '
        BEGIN { print "BEGIN;" }
        {
            mac = sprintf("00:16:3e:00:%02x:%02x", $2 / 256, $2 % 256)
            printf "INSERT INTO machine (number, label, name) VALUES (%d, %cguest%d%c, %cguest%d%c);\n", $2, 39, $2, 39, 39, $2, 39
            printf "INSERT INTO interface VALUES (%d, 1, %c%s%c, NULL);\n", $2, 39, mac, 39
            printf "INSERT INTO binding (vif, number, y, mac, ifindex, domid, since, mtu) " \
                "VALUES (%cvif%d.0%c, %d, 1, %c%s%c, %d, %d, 1700000000000, 1500);\n",
                39, $2, 39, $2, 39, mac, 39, $1, $2
        }
        END { print "COMMIT;" }' | sqlite3 "$WORK/state/registry.db"
}

# measure NAME COUNT [COMMAND…]: ROUNDS starts, by that command
measure() {
    local name=$1 count=$2 round began pid bound
    shift 2
    for round in $(seq "$ROUNDS"); do
        began=$(date +%s%N)
        launch xennet "$WORK/xennet.log" ip netns exec $DOM0 "$@" "$XENNET" serve --config "$WORK/xennet.toml"
        wait_until 600 grep -q "Serving" "$WORK/xennet.log" || fail "xennet is not up: $(tail -n 3 "$WORK/xennet.log")"
        figure "restart_${name}_seconds" "$(awk -v ns=$(($(date +%s%N) - began)) 'BEGIN { printf "%.2f", ns / 1e9 }')"
        pid=$(pid_of xennet)
        figure "restart_${name}_rss_kib" "$(rss_kib "$pid")"
        figure "restart_${name}_anonymous_kib" "$(awk '/^RssAnon:/ { print $2 }' "/proc/$pid/status")"
        ! grep -q 'put in order\|released' "$WORK/xennet.log" || [ "$round" = 1 ] \
            || fail "it was not as it was left: $(grep -m 1 'put in order\|released' "$WORK/xennet.log")"
        bound=$("$XENNET" vif list --json | jq length)
        [ "$bound" = "$count" ] || fail "$bound of $count vifs were put in order again: $(tail -n 3 "$WORK/xennet.log")"
        echo "round $round, $name: $(last "restart_${name}_seconds") s, $(last "restart_${name}_rss_kib") KiB" \
            "(anonymous $(last "restart_${name}_anonymous_kib")), then $(rss_kib "$pid")" \
            "($(awk '/^RssAnon:/ { print $2 }' "/proc/$pid/status")) after a list of all"
        end xennet
    done
}

remove_everything() {
    [ ! -d "$PIDS" ] || end_all
    [ ! -e /run/netns/$DOM0 ] || ip netns del $DOM0
    rm -rf "$WORK"
}

main "$@"
