#!/bin/bash
# DHCP: xennet beside dnsmasq, kea-dhcp4 and a responder that looks nothing up, in parts:
#
#   rate      CLIENTS guests of our own (dhcp-guests.c), always WINDOW exchanges under way: exchanges/s, CPU per exchange
#   storm     GUESTS guests whose DISCOVERs come within a second, nothing sent twice: how many have an address, how late the last
#   perfdhcp  Kea's perfdhcp, which plays a relay agent: the best rate of those tried without a drop, each TRIES times
#
# xennet serves each guest on a vif of its own, routed, and on bridges (xennet_bridge), of which each has BRIDGE_PORTS guests at the
# most, for Linux's have 1,023 ports; the peers serve the same guests on one link, as they do, with a reservation for each. The
# responder is measured on vifs and on the link: it is the limit of each. A relay agent reaches xennet in one way only.
#
#   bash benchmarks/peers/dhcp.sh
#   ROUNDS=5 SECONDS_EACH=4 PARTS="rate storm perfdhcp" CLIENTS=500 GUESTS=5000 KNOWN=5000 WINDOW=32 TRIES=3
#   KINDS="xennet dnsmasq xennet_bridge kea fixed_vifs fixed_link"
#
# KNOWN: how many guests the peers have reservations for, when it is not GUESTS, the links there are (the parts rate and perfdhcp
# use CLIENTS of them).
#
# As root, on an idle machine: clients and servers share its cores. Compare within one run; quote ratios.
set -euo pipefail

NAME=dhcp.sh
WORK=/var/tmp/xennet-peers-dhcp
VIFS=xnpeers-vifs       # Dom0 with a vif for each guest
BRIDGES=xnpeers-bridges # Dom0 with a port of a bridge for each
LINK=xnpeers-link       # a host with all guests on one link
GUEST=xnpeers-guests
ROUNDS=${ROUNDS:-5}
SECONDS_EACH=${SECONDS_EACH:-4}
PARTS=${PARTS:-rate storm perfdhcp}
CLIENTS=${CLIENTS:-500}
GUESTS=${GUESTS:-5000}
KNOWN=${KNOWN:-$GUESTS}
WINDOW=${WINDOW:-32}
TRIES=${TRIES:-3}
BRIDGE_PORTS=1000
SERVER=10.0.0.129       # the peers' address
RELAY=10.255.255.1      # perfdhcp's on their link
VIFS_SERVER=192.0.2.1   # Dom0's on the link that leads to perfdhcp, and perfdhcp's there
VIFS_RELAY=192.0.2.2

# Each server, where it runs, and how the guests reach it.
KINDS=${KINDS:-xennet dnsmasq xennet_bridge kea fixed_vifs fixed_link}
declare -A WHERE=([xennet]=$VIFS [xennet_bridge]=$BRIDGES [fixed_vifs]=$VIFS [dnsmasq]=$LINK [kea]=$LINK [fixed_link]=$LINK)
declare -A LINKS=([xennet]=g%u [xennet_bridge]=b%u [fixed_vifs]=g%u [dnsmasq]=g0 [kea]=g0 [fixed_link]=g0)
declare -A RELAYED_BY=([xennet]=$VIFS_RELAY [fixed_vifs]=$VIFS_RELAY [dnsmasq]=$RELAY [kea]=$RELAY [fixed_link]=$RELAY)
declare -A ADDRESS=([xennet]=$VIFS_SERVER [fixed_vifs]=$VIFS_SERVER [dnsmasq]=$SERVER [kea]=$SERVER [fixed_link]=$SERVER)

HERE=$(dirname "$(readlink -f "$0")")
# shellcheck source=benchmarks/peers/common.sh
. "$HERE/common.sh"

main() {
    prepare_run
    local tool part round kind order
    for tool in dhcp-fixed dhcp-guests; do
        gcc -O2 -Wall -o "$WORK/$tool" "$PEERS/$tool.c"
    done
    prepare_links
    prepare_xennet
    prepare_peers
    for part in $PARTS; do
        read -ra order <<< "$KINDS"
        [ "$part" != perfdhcp ] || read -ra order <<< "${KINDS/xennet_bridge /}"
        for round in $(seq "$ROUNDS"); do
            for kind in "${order[@]}"; do
                start "$kind" "$part"
                "measure_$part" "$kind"
                stop "$kind"
            done
            order=("${order[@]:1}" "${order[0]}")
        done
    done
    echo
    report
}

remove_everything() {
    [ ! -d "$PIDS" ] || end_all
    local ns
    for ns in $VIFS $BRIDGES $LINK $GUEST; do
        [ ! -e /run/netns/$ns ] || ip netns del $ns
    done
    rm -rf "$WORK"
}

guests() { ip netns exec $GUEST "$@"; }

# ---- what they run on -------------------------------------------------------------------------------------------

mac_of() { printf '00:16:3e:00:%02x:%02x' $(($1 / 256)) $(($1 % 256)); }

prepare_links() {
    local ns
    for ns in $VIFS $BRIDGES $LINK $GUEST; do
        ip netns add $ns
        ip -n $ns link set lo up
        # Thousands of links that speak IPv6 among themselves would be measured along.
        ip netns exec $ns sysctl -q -w net.ipv6.conf.default.disable_ipv6=1
    done
    join $LINK d0 g0
    ip -n $LINK address add $SERVER/8 dev d0
    ip -n $GUEST address add $RELAY/32 dev g0
    join $VIFS relay0 r0
    ip -n $VIFS address add $VIFS_SERVER/30 dev relay0
    ip -n $GUEST address add $VIFS_RELAY/30 dev r0
    ip -n $GUEST route add $SERVER/32 dev g0 src $RELAY
    local bridge
    join_guests $VIFS g
    if [[ " $KINDS " == *" xennet_bridge "* ]]; then
        for bridge in $(bridges); do
            ip -n $BRIDGES link add "$bridge" up type bridge
        done
        join_guests $BRIDGES b
    fi
}

# The guests' end of the link of guest N is called by that letter and N, Dom0's vN.
join_guests() {
    seq "$GUESTS" | awk -v ns=$GUEST -v end="$2" \
        '{ printf "link add v%d type veth peer name %s%d netns %s\nlink set v%d up\n", $1, end, $1, ns, $1 }' | ip -n "$1" -batch -
    seq "$GUESTS" | awk -v end="$2" '{ printf "link set %s%d up\n", end, $1 }' | ip -n $GUEST -batch -
}

bridge_of() { echo "br$((($1 - 1) / BRIDGE_PORTS))"; }

bridges() { seq 1 $BRIDGE_PORTS "$GUESTS" | while read -r first; do bridge_of "$first"; done; }

# join NAMESPACE NAME GUESTS-NAME
join() {
    ip -n "$1" link add "$2" type veth peer name "$3" netns $GUEST
    ip -n "$1" link set "$2" up
    ip -n $GUEST link set "$3" up
}

# For each of the two a registry with the bindings of the first CLIENTS guests, and one with all.
prepare_xennet() {
    export XENNET_SOCKET=$WORK/run/control.sock
    local kind
    for kind in xennet xennet_bridge; do
        [[ " $KINDS " == *" $kind "* ]] || continue
        configure > "$WORK/$kind.toml"
        [ $kind = xennet ] || bridges | while read -r bridge; do
            printf '[[bridge]]\nname = "%s"\nprefix = "10.0.0.0/8"\n' "$bridge"
        done >> "$WORK/$kind.toml"
        rm -rf "$WORK/state"
        attach $kind 1 "$CLIENTS"
        cp -a "$WORK/state" "$WORK/$kind-rate"
        cp -a "$WORK/state" "$WORK/$kind-perfdhcp"
        [[ " $PARTS " != *" storm "* ]] || attach $kind $((CLIENTS + 1)) "$GUESTS"
        mv "$WORK/state" "$WORK/$kind-storm"
    done
}

# So few clients ask more often than guests do: without a limit for each.
configure() {
    cat <<TOML
state-dir = "$WORK/state"
run-dir = "$WORK/run"
[network]
nat = false
[dns]
port = 0
[dhcp]
rate-limit = 0
relays = ["$VIFS_RELAY"]
TOML
}

# attach KIND FIRST LAST: each gets the next number, whichever of two comes first: the address tells nothing here
attach() {
    local kind=$1 first=$2 last=$3 log=$WORK/attach-$1-$2.log
    launch xennet "$log" ip netns exec "${WHERE[$kind]}" "$XENNET" serve --config "$WORK/$kind.toml"
    wait_until 60 "$XENNET" status || fail "$kind is not up: $(tail -n 3 "$log")"
    seq "$first" "$last" | while read -r number; do
        echo "vm$number v$number $(mac_of "$number")$([ "$kind" = xennet ] || echo " --bridge $(bridge_of "$number")")"
    done | xargs -P 2 -L 1 "$XENNET" vif attach > "$WORK/attach.log" 2>&1 || fail "vif attach: $(tail -n 3 "$WORK/attach.log")"
    end xennet
    ! grep -A 20 'Unhandled exception' "$log" || fail "xennet did not end well"
}

prepare_peers() {
    seq "$KNOWN" | awk '{ printf "00:16:3e:00:%02x:%02x,10.%d.%d.1,vm%d\n", $1 / 256, $1 % 256, $1 / 256, $1 % 256, $1 }' > "$WORK/hosts"
    mkdir -p "$WORK/kea"
    # A copy, because Debian's AppArmor profile holds the original to /etc/kea.
    cp /usr/sbin/kea-dhcp4 "$WORK/kea/kea-dhcp4"
    cat > "$WORK/kea/kea.conf" <<JSON
{ "Dhcp4": {
    "interfaces-config": { "interfaces": [ "d0" ] },
    "multi-threading": { "enable-multi-threading": true, "thread-pool-size": 2 },
    "lease-database": { "type": "memfile", "persist": true, "name": "$WORK/kea/leases.csv", "lfc-interval": 0 },
    "valid-lifetime": 4294967295,
    "option-data": [ { "name": "routers", "data": "$SERVER" }, { "name": "domain-name-servers", "data": "$SERVER" },
                     { "name": "domain-name", "data": "testbed" } ],
    "loggers": [ { "name": "kea-dhcp4", "severity": "ERROR", "output_options": [ { "output": "stderr" } ] } ],
    "subnet4": [ { "subnet": "10.0.0.0/8", "reservations-in-subnet": true, "reservations-out-of-pool": true, "reservations": [
$(awk -F, '{ printf "%s{ \"hw-address\": \"%s\", \"ip-address\": \"%s\", \"hostname\": \"%s\" }", (NR > 1 ? ",\n" : ""), $1, $2, $3 }' "$WORK/hosts")
    ] } ] } }
JSON
}

# start KIND PART
start() {
    local kind=$1 command
    case $kind in
        xennet*)
            rm -rf "$WORK/state"
            cp -a "$WORK/$kind-$2" "$WORK/state"
            command=("$XENNET" serve --config "$WORK/$kind.toml") ;;
        fixed_*) command=("$WORK/dhcp-fixed" "${ADDRESS[$kind]}") ;;
        dnsmasq)
            rm -f "$WORK/dnsmasq.leases"
            command=(dnsmasq --keep-in-foreground --conf-file=/dev/null --pid-file= --user=root --log-facility=- --port=0
                --interface=d0 --bind-interfaces --dhcp-range=10.0.0.0,static,255.0.0.0,infinite --dhcp-hostsfile="$WORK/hosts"
                --dhcp-leasefile="$WORK/dnsmasq.leases" --dhcp-lease-max=70000 --dhcp-authoritative --no-ping --quiet-dhcp
                --domain=testbed) ;;
        kea)
            rm -f "$WORK"/kea/leases.csv*
            command=(env KEA_PIDFILE_DIR="$WORK/kea" KEA_LOCKFILE_DIR="$WORK/kea" "$WORK/kea/kea-dhcp4" -c "$WORK/kea/kea.conf") ;;
    esac
    launch "$kind" "$WORK/$kind.log" ip netns exec "${WHERE[$kind]}" "${command[@]}"
    # xennet looks at each vif before it serves; kea reads its reservations.
    wait_until 300 serves "$kind" || fail "$kind does not answer: $(tail -n 3 "$WORK/$kind.log")"
}

serves() { guests "$WORK/dhcp-guests" storm "${LINKS[$1]}" 1 1 | grep -q 'done=1 '; }

# xennet's filter goes with it, for the others pay nothing for it.
stop() {
    end "$1"
    [[ $1 != xennet* ]] || ip netns exec "${WHERE[$1]}" nft flush ruleset
}

# field NAME LINE: of what dhcp-guests prints
field() { tr ' ' '\n' <<< "$2" | sed -n "s/^$1=//p"; }

# ---- the parts --------------------------------------------------------------------------------------------------

measure_rate() {
    local kind=$1 pid before after line
    pid=$(pid_of "$kind")
    # What is done once for each guest, as writing a lease, is done before.
    guests "$WORK/dhcp-guests" storm "${LINKS[$kind]}" "$CLIENTS" 1000 > /dev/null
    before=$(cpu_ticks "$pid")
    line=$(guests "$WORK/dhcp-guests" rate "${LINKS[$kind]}" "$CLIENTS" "$WINDOW" "$SECONDS_EACH")
    after=$(cpu_ticks "$pid")
    figure "dhcp_${kind}_rate" "$(field rate "$line")"
    figure "dhcp_${kind}_lost" "$(field lost "$line")"
    figure "dhcp_${kind}_p99_ms" "$(field p99_ms "$line")"
    figure "dhcp_${kind}_cpu_us" "$(awk -v t=$((after - before)) -v hz="$TICKS" -v n="$(field done "$line")" 'BEGIN { printf "%.2f", t / hz * 1e6 / n }')"
    printf '%-12s %s  %s us CPU/exchange\n' "$kind" "$line" "$(last "dhcp_${kind}_cpu_us")"
}

measure_storm() {
    local kind=$1 line
    line=$(guests "$WORK/dhcp-guests" storm "${LINKS[$kind]}" "$GUESTS" 1000)
    figure "dhcp_storm_${kind}_done" "$(field done "$line")"
    figure "dhcp_storm_${kind}_lost" "$(field lost "$line")"
    figure "dhcp_storm_${kind}_longest_ms" "$(field longest_ms "$line")"
    figure "dhcp_storm_${kind}_rss_kib" "$(rss_kib "$(pid_of "$kind")")"
    printf '%-12s %s\n' "$kind" "$line"
}

# From rate to rate, each half as much again, until one drops something in every try: a try in which the machine had something
# else to do says nothing of the server.
measure_perfdhcp() {
    local kind=$1 rate best=0 try acked
    for rate in 750 1100 1700 2500 3800 5700 8500 13000 19000 28000; do
        for try in $(seq "$TRIES"); do
            acked=$(perfdhcp_at "$kind" "$rate") && break || acked=0
        done
        [ "$acked" -gt 0 ] || break
        best=$acked
    done
    figure "dhcp_perfdhcp_${kind}_rate" "$best"
    printf '%-12s %s exchanges/s without a drop in perfdhcp\n' "$kind" "$best"
}

# perfdhcp_at KIND RATE: the exchanges a second; fails when something is dropped, or perfdhcp itself comes no nearer to the rate
perfdhcp_at() {
    local output drops acked
    # In one thread: two would take both cores of a small machine from the server.
    output=$(guests perfdhcp -4 -g single -l "${RELAYED_BY[$1]}" -r "$2" -p "$SECONDS_EACH" -W 1000000 -R "$CLIENTS" \
        -b mac=00:16:3e:00:00:01 "${ADDRESS[$1]}" 2>&1) || true
    # The second of each is of REQUEST and ACK. The rate that it prints counts the wait at the end in.
    drops=$(sed -n 's/^drops: //p' <<< "$output" | paste -sd + | bc)
    acked=$(($(sed -n 's/^received packets: //p' <<< "$output" | tail -n 1) / SECONDS_EACH))
    echo "    $1 at $2/s: $acked/s, ${drops:-no figure of} drops" >&2
    [ "$drops" = 0 ] && [ $((acked * 10)) -ge $(($2 * 9)) ] && echo "$acked"
}

report() {
    local kind name
    for name in "$FIGURES"/*; do
        result_median "${name##*/}"
    done
    if [ -e "$FIGURES/dhcp_xennet_rate" ]; then
        result_ratio dhcp_bridge_rate_ratio_kea dhcp_xennet_bridge_rate dhcp_kea_rate
        result_ratio dhcp_bridge_cpu_ratio_dnsmasq dhcp_xennet_bridge_cpu_us dhcp_dnsmasq_cpu_us
        for kind in dnsmasq kea fixed_vifs; do
            result_ratio "dhcp_rate_ratio_$kind" dhcp_xennet_rate "dhcp_${kind}_rate"
            result_ratio "dhcp_cpu_ratio_$kind" dhcp_xennet_cpu_us "dhcp_${kind}_cpu_us"
        done
    fi
    if [ -e "$FIGURES/dhcp_perfdhcp_xennet_rate" ]; then
        for kind in dnsmasq kea fixed_vifs; do
            result_ratio "dhcp_perfdhcp_ratio_$kind" dhcp_perfdhcp_xennet_rate "dhcp_perfdhcp_${kind}_rate"
        done
    fi
}

main "$@"
