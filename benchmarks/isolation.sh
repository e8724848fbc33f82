#!/bin/bash
# What the filter costs a guest's packet with few and with many vifs' elements in the sets: a guest sends through Dom0 to the
# outside, by the daemon's own table; the other vifs are elements only, for the kernel would be busy with so many links. The
# numbers take turns, and each time the counters prove that a forged packet is still dropped.
#
#   bash benchmarks/isolation.sh
#   FEW=10 MANY=10000 ROUNDS=5 PACKETS=400000      the defaults
#
# As root, on an idle machine.
set -euo pipefail
shopt -s inherit_errexit

NAME=isolation.sh
WORK=/var/tmp/xennet-isolation
FEW=${FEW:-10}
MANY=${MANY:-10000}
ROUNDS=${ROUNDS:-5}
PACKETS=${PACKETS:-400000}
export RIG=/run/xennet-isolation PREFIX=xniso DOM0=xniso-dom0
export XENNET_SOCKET=$WORK/run/control.sock

# shellcheck source=benchmarks/peers/common.sh
. "$(dirname "$(readlink -f "$0")")/peers/common.sh"

main() {
    prepare_run
    gcc -O2 -Wall -o "$WORK/isolation" "$PROJECT/benchmarks/isolation.c"
    rig start
    outside
    start_on_rig
    guest

    local round number
    send > /dev/null
    for round in $(seq "$ROUNDS"); do
        for number in "$FEW" "$MANY"; do
            fill "$number"
            figure "isolation_ns_per_packet_$number" "$(send)"
            forged "$number"
        done
    done
    for number in "$FEW" "$MANY"; do
        result_median "isolation_ns_per_packet_$number"
    done
    result_ratio "isolation_cost_ratio_${MANY}_by_$FEW" "isolation_ns_per_packet_$MANY" "isolation_ns_per_packet_$FEW"
}

in_dom0() { ip netns exec $DOM0 "$@"; }

in_guest() { ip netns exec $PREFIX-guest-5 "$@"; }

outside() {
    ip netns add $PREFIX-guest-outside
    ip -n $DOM0 link add uplink0 type veth peer name eth0 netns $PREFIX-guest-outside
    ip -n $DOM0 addr add 192.0.2.2/24 dev uplink0
    ip -n $DOM0 link set uplink0 up
    ip -n $DOM0 route add default via 192.0.2.1
    ip -n $PREFIX-guest-outside addr add 192.0.2.1/24 dev eth0
    ip -n $PREFIX-guest-outside link set eth0 up
    # Nobody is there: what comes is dropped by its first rule, and so costs the same each time.
    ip netns exec $PREFIX-guest-outside nft -f - <<'EOF'
table ip sink {
    chain c {
        type filter hook prerouting priority raw
        udp dport 9 drop
    }
}
EOF
}

guest() {
    rig vif 5 0 ce 00:16:3e:00:00:05
    (
        eval "$(rig hook-env "$WORK/vif-nat-dns" 5 0)"
        in_dom0 "$WORK/vif-nat-dns" online type_if=vif
    ) || fail "the hook failed: $(tail -n 3 "$WORK/xennet.log")"
    ip -n $PREFIX-guest-5 addr add 10.0.1.1/32 dev eth0
    ip -n $PREFIX-guest-5 route add 10.0.1.129 dev eth0
    ip -n $PREFIX-guest-5 route add default via 10.0.1.129 dev eth0
}

# fill NUMBER: so many vifs in the sets besides the guest's own
fill() {
    in_dom0 nft -f - <<< "$(
        for set in vifs guests; do
            in_dom0 nft -j list set inet xennet $set \
                | jq -r --arg set $set '.nftables[] | .set? // empty | .elem // [] | map(if type == "object" then .concat | join(" . ") else . end)
                    | map(select(startswith("other"))) | select(length > 0) | "delete element inet xennet \($set) { \(join(", ")) }"'
        done
        seq 2 $(($1 + 1)) | awk '{ vifs = vifs sep "other" $1
            guests = guests sep "other" $1 " . 10." int($1 / 256) "." $1 % 256 ".0 . " sprintf("00:16:3e:00:%02x:%02x", $1 / 256, $1 % 256); sep = ", " }
            END { print "add element inet xennet vifs {", vifs, "}"; print "add element inet xennet guests {", guests, "}" }')"
    local found
    found=$(in_dom0 nft -j list set inet xennet guests | jq '[.nftables[] | .set? // empty | .elem[]] | length')
    [ "$found" = $(($1 + 1)) ] || fail "$found elements, and not $(($1 + 1))"
}

send() { in_guest taskset -c 1 "$WORK/isolation" 10.0.1.1 192.0.2.1 "$PACKETS"; }

dropped() {
    in_dom0 nft -j list chain inet xennet guest \
        | jq '.nftables[] | .rule? // empty | select(.comment == "not this guest'"'"'s address") | .expr[] | .counter? // empty | .packets'
}

# One packet in the name of another.
forged() {
    local before
    before=$(dropped)
    ip -n $PREFIX-guest-5 addr add 10.0.2.1/32 dev eth0
    in_guest "$WORK/isolation" 10.0.2.1 192.0.2.1 1 > /dev/null
    ip -n $PREFIX-guest-5 addr del 10.0.2.1/32 dev eth0
    [ $(($(dropped) - before)) -ge 1 ] || fail "with $1 elements a forged packet was not dropped"
}

remove_everything() {
    [ ! -d "$PIDS" ] || end_all
    rig stop
    rm -rf "$WORK"
}

main "$@"
