#!/bin/bash
# All guests of a host start at once: COUNT hooks for COUNT new machines, and then EACH vifs of one machine, on a real
# xenstored. Every call must succeed, and afterwards every vif be bound to an address of its own and be `connected`. Then all
# stop at once.
#
#   bash benchmarks/storm.sh
#   COUNT=1000 EACH=8       the defaults
#   BRIDGE=xenbr0           all on one bridge, which has 1,023 ports at the most, instead of routed
#
# As root. Netback makes a vif before the hook is called, so that making the links is not measured; their other ends stand
# in one namespace.
set -euo pipefail
shopt -s inherit_errexit

NAME=storm.sh
# On a disk: /run is memory, where a durable write costs nothing.
WORK=/var/tmp/xennet-storm
COUNT=${COUNT:-1000}
EACH=${EACH:-8}
BRIDGE=${BRIDGE:-}
FIRST=1000      # domain id
export RIG=/run/xennet-storm PREFIX=xnstorm DOM0=xnstorm-dom0
export XENNET_SOCKET=$WORK/run/control.sock

# shellcheck source=benchmarks/peers/common.sh
. "$(dirname "$(readlink -f "$0")")/peers/common.sh"

main() {
    prepare_run
    gcc -O2 -Wall -o "$WORK/storm" "$PROJECT/benchmarks/storm.c"
    rig start
    eval "$(rig env)"
    [ -z "$BRIDGE" ] || ip -n $DOM0 link add "$BRIDGE" up type bridge
    start_on_rig ${BRIDGE:+"[[bridge]]" "name = \"$BRIDGE\""}
    local before
    before=$(rss_kib "$(pid_of xennet)")

    seq $FIRST $((FIRST + COUNT - 1)) | awk '{ print $1, 0, "m" $1 }' > "$WORK/many"
    seq 0 $((EACH - 1)) | awk -v domid=$((FIRST + COUNT)) '{ print domid, $1, "one" }' > "$WORK/one"
    storm storm_online many online
    check many "$COUNT"
    storm storm_one_online one online
    check one "$EACH"
    figure storm_rss_growth_kib $(($(rss_kib "$(pid_of xennet)") - before))
    storm storm_offline many offline
    storm storm_one_offline one offline
    [ "$(inside vif list --json)" = "[]" ] || fail "not all vifs are down"

    local kind
    for kind in online one_online offline one_offline; do
        for field in total median p99; do
            result "storm_${kind}_${field}_ms" "$(last "storm_${kind}_${field}")"
        done
    done
    result storm_rss_growth_kib "$(last storm_rss_growth_kib)"
}

inside() { ip netns exec $DOM0 "$XENNET" "$@"; }

# storm FIGURE VIFS VERB: makes links and nodes for an online, then calls all at once
storm() {
    local prefix=$1 vifs=$WORK/$2 verb=$3 line
    [ "$verb" = offline ] || make_vifs "$vifs"
    line=$(cut -d ' ' -f 1,2 "$vifs" | ip netns exec $DOM0 "$WORK/storm" "$WORK/vif-nat-dns" "$verb") \
        || fail "$verb: $line: $(tail -n 3 "$WORK/xennet.log")"
    echo "$prefix: $line"
    for field in total median p99; do
        figure "${prefix}_$field" "$(tr ' ' '\n' <<< "$line" | sed -n "s/^${field}_ms=//p")"
    done
}

make_vifs() {
    [ -e "/run/netns/$PREFIX-guest-all" ] || ip netns add "$PREFIX-guest-all"
    awk -v guests="$PREFIX-guest-all" '{
        vif = $1 "." $2
        print "link add vif" vif " address fe:ff:ff:ff:ff:ff type veth peer name eth" vif " netns " guests
    }' "$1" | ip -n $DOM0 -batch -
    # Many pairs a call, and a call has room for so many.
    awk -v bridge="${BRIDGE:-xenbr0}" '{
        back = "/local/domain/0/backend/vif/" $1 "/" $2; front = "/local/domain/" $1 "/device/vif/" $2
        mac = sprintf("00:16:3e:%02x:%02x:%02x", int($1 / 256), $1 % 256, $2)
        print "/local/domain/" $1 "/name", $3, back "/frontend", front, back "/frontend-id", $1, back "/handle", $2,
            back "/mac", mac, back "/bridge", bridge, back "/type", "vif", back "/online", 1, back "/state", 2
    }' "$1" | xargs -n 360 bash "$PROJECT/tests/rig/xen-rig.sh" xs write
}

# check VIFS COUNT: each is bound, alone on its address, and connected
check() {
    local bound connected
    inside vif list --json > "$WORK/bound.json"
    bound=$(jq --arg name "$(head -n 1 "$WORK/$1" | cut -d ' ' -f 3 | tr -d 0-9)" \
        '[.[] | select(.machine | startswith($name))] | [length, (map(.address) | unique | length)] | join(" ")' -r "$WORK/bound.json")
    [ "$bound" = "$2 $2" ] || fail "$1: bound, addresses: $bound, and not $2"
    connected=$(awk '{ print "/local/domain/0/backend/vif/" $1 "/" $2 "/hotplug-status" }' "$WORK/$1" \
        | xargs bash "$PROJECT/tests/rig/xen-rig.sh" xs read | grep -c '^connected$')
    [ "$connected" = "$2" ] || fail "$1: $connected are connected, and not $2"
}

remove_everything() {
    [ ! -d "$PIDS" ] || end_all
    rig stop
    rm -rf "$WORK"
}

main "$@"
