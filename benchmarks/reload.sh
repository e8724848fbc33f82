#!/bin/bash
# RELOADS reloads of the configuration, every tenth of a broken file, while RATE queries a second are asked and guests
# ask for leases one after another; beside it the same load without reloads, for the noise of the load generators. Every
# reload must end as it should, and no answer be lost or wrong.
#
#   bash benchmarks/reload.sh
#   RELOADS=1000 RATE=20000 MACHINES=10000 GUESTS=16        the defaults
#
# As root, on an idle machine: client and server share its cores.
set -euo pipefail
shopt -s inherit_errexit

NAME=reload.sh
WORK=/var/tmp/xennet-reload
NS=xnreload
GUEST=xnreload-guests
RELOADS=${RELOADS:-1000}
RATE=${RATE:-20000}
MACHINES=${MACHINES:-10000}
GUESTS=${GUESTS:-16}
export XENNET_SOCKET=$WORK/run/control.sock

# shellcheck source=benchmarks/peers/common.sh
. "$(dirname "$(readlink -f "$0")")/peers/common.sh"

main() {
    prepare_run
    gcc -O2 -Wall -o "$WORK/probe" "$PEERS/probe.c"
    gcc -O2 -Wall -o "$WORK/dhcp-guests" "$PEERS/dhcp-guests.c"
    ip netns add $NS
    ip netns add $GUEST
    ip -n $NS link set lo up
    write_good 0
    launch xennet "$WORK/xennet.log" ip netns exec $NS "$XENNET" serve --config "$WORK/xennet.toml"
    wait_until 10 inside status || fail "xennet is not up: $(tail -n 3 "$WORK/xennet.log")"
    make_machines

    local seconds
    : > "$WORK/times"
    # Long enough for all the reloads of the other run, which come at an even pace.
    seconds=$((RELOADS / 40 + 2))
    measure still $seconds true
    measure reloading $seconds reload_all
    report
    end xennet
}

remove_everything() {
    [ ! -d "$PIDS" ] || end_all
    local ns
    for ns in $NS $GUEST; do
        [ ! -e /run/netns/$ns ] || ip netns del $ns
    done
    rm -rf "$WORK"
}

inside() { ip netns exec $NS "$XENNET" "$@"; }

# What differs from one to the next is in every part that goes by the configuration.
write_good() {
    cat > "$WORK/xennet.toml" <<TOML
state-dir = "$WORK/state"
run-dir = "$WORK/run"
[network]
nat = $([ $(($1 % 50)) = 49 ] && echo true || echo false)
[zone]
ttl = $((60 + $1 % 2))
[dns]
upstreams = ["192.0.2.$((1 + $1 % 200))"]
cache-entries = $((10000 + 1000 * ($1 % 20)))
rate-limit = 0
records = ["counter TXT $1"]
listen = ["vif*", "lo", "127.0.0.1:$((6000 + $1 % 3))"]
[dhcp]
rate-limit = 0
lease-time = "$((10 + $1 % 40))m"
TOML
}

make_machines() {
    local number
    seq "$MACHINES" | awk '{ printf "10.%d.%d.1 vm%d\n", int($1 / 256), $1 % 256, $1 }' \
        > "$WORK/hosts"
    inside import --hosts "$WORK/hosts" > "$WORK/import.log" || fail "import: $(tail -n 3 "$WORK/import.log")"
    for number in $(seq "$GUESTS"); do
        ip -n $NS link add "v$number" type veth peer name "g$number" netns $GUEST
        ip -n $GUEST link set "g$number" up
        inside vif attach "vm$number" "v$number" "$(printf '00:16:3e:00:%02x:%02x' $((number / 256)) $((number % 256)))" > /dev/null
    done
}

# measure NAME SECONDS COMMAND: the load for that long, and beside it the command
measure() {
    local name=$1 seconds=$2 probe guests
    ip netns exec $NS "$WORK/probe" 53 "$RATE" "$seconds" vm%u.testbed "$MACHINES" scheme > "$WORK/$name.dns" &
    probe=$!
    ip netns exec $GUEST "$WORK/dhcp-guests" rate g%u "$GUESTS" 1 "$seconds" > "$WORK/$name.dhcp" &
    guests=$!
    $3
    wait $probe
    wait $guests
    echo "$name: $(cat "$WORK/$name.dns"); DHCP $(cat "$WORK/$name.dhcp")"
}

reload_all() {
    local i answer wanted began
    applied=0
    for i in $(seq "$RELOADS"); do
        began=$EPOCHREALTIME
        if [ $((i % 10)) = 0 ]; then
            echo 'ttl = "never"' >> "$WORK/xennet.toml"
            wanted=wrong
        else
            write_good "$i"
            wanted=applied
        fi
        answer=$(curl -s --unix-socket "$XENNET_SOCKET" -X POST http://x/v1/reload)
        [[ $answer == *"\"result\":\"$wanted\""* ]] || fail "reload $i: $answer"
        [ $wanted = wrong ] || applied=$((applied + 1))
        awk -v a="$began" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.2f\n", (b - a) * 1000 }' >> "$WORK/times"
    done
    [ "$(ip netns exec $NS dig @127.0.0.1 +short TXT counter.testbed)" = "\"$((RELOADS - 1))\"" ] || fail "the last reload is not in force"
}

field() { tr ' ' '\n' <<< "$2" | sed -n "s/^$1=//p"; }

report() {
    local name dns dhcp
    for name in still reloading; do
        dns=$(< "$WORK/$name.dns")
        dhcp=$(< "$WORK/$name.dhcp")
        for figure in lost failed wrong p99_ms max_ms; do
            result "reload_${name}_dns_$figure" "$(field $figure "$dns")"
        done
        for figure in done lost; do
            result "reload_${name}_dhcp_$figure" "$(field $figure "$dhcp")"
        done
    done
    result reload_applied "$applied"
    result reload_median_ms "$(sort -g "$WORK/times" | sed -n "$((RELOADS / 2))p")"
    result reload_max_ms "$(sort -g "$WORK/times" | tail -n 1)"
    result reload_rss_kib "$(rss_kib "$(pid_of xennet)")"
    ! grep -E 'fail:|crit:|Unhandled|mistake' "$WORK/xennet.log" | grep -v 'stays as it was' || fail "the log complains"
}

main "$@"
