#!/bin/bash
# TFTP: xennet beside dnsmasq and tftpd-hpa, with a client of our own (tftp-get.c) that is the same for all. A guest fetches an
# initrd of SIZE MiB over a vif:
#
#   window     with windowsize 16, which dnsmasq 2.90 and tftpd-hpa do not know and so leave out
#   block      block by block
#   many       TRANSFERS at a time: how many got all of it, how much memory xennet had
#
# All serve all the time, each on a port of its own, and nothing else runs; the order turns from round to round.
#
#   bash benchmarks/peers/tftp.sh
#   ROUNDS=5 SIZE=100 BLKSIZE=1432 TRANSFERS=200 PARTS="window block many"
#
# As root, on an idle machine: client and servers share its cores. Compare within one run; quote ratios.
set -euo pipefail

NAME=tftp.sh
WORK=/var/tmp/xennet-peers-tftp
DOM0=xnpeers-tftp-dom0
GUEST=xnpeers-tftp-guest
ROUNDS=${ROUNDS:-5}
SIZE=${SIZE:-100}
BLKSIZE=${BLKSIZE:-1432}
TRANSFERS=${TRANSFERS:-200}
PARTS=${PARTS:-window block many}
KINDS="xennet dnsmasq hpa"
declare -A PORT=([xennet]=1069 [dnsmasq]=69 [hpa]=2069)

HERE=$(dirname "$(readlink -f "$0")")
# shellcheck source=benchmarks/peers/common.sh
. "$HERE/common.sh"

main() {
    prepare_run
    gcc -O2 -Wall -o "$WORK/tftp-get" "$PEERS/tftp-get.c"
    prepare_servers
    local part round kind order
    for part in $PARTS; do
        read -ra order <<< "$KINDS"
        for round in $(seq "$ROUNDS"); do
            for kind in "${order[@]}"; do
                "measure_$part" "$kind"
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
    for ns in $DOM0 $GUEST; do
        [ ! -e /run/netns/$ns ] || ip netns del $ns
    done
    rm -rf "$WORK"
}

prepare_servers() {
    local mac=00:16:3e:00:00:01
    mkdir "$WORK/root"
    "$WORK/tftp-get" make "$WORK/root/initrd" "$SIZE"
    "$WORK/tftp-get" make "$WORK/root/small" 4
    chmod -R a+rX "$WORK" "$WORK/root"
    ip netns add $DOM0
    ip netns add $GUEST
    ip -n $DOM0 link set lo up
    ip -n $DOM0 link add vif5.0 type veth peer name eth0 netns $GUEST
    ip -n $GUEST link set eth0 address $mac up
    cat > "$WORK/xennet.toml" <<EOF
state-dir = "$WORK/state"
run-dir = "$WORK/run"
[network]
nat = false
[dns]
port = 0
[boot]
root = "$WORK/root"
[tftp]
port = ${PORT[xennet]}
transfers-per-client-max = 256
[http]
port = 0
EOF
    launch xennet "$WORK/xennet.log" ip netns exec $DOM0 "$XENNET" serve --config "$WORK/xennet.toml"
    wait_until 10 xennet status || fail "xennet is not up: $(tail -n 3 "$WORK/xennet.log")"
    xennet vif attach ce vif5.0 $mac > "$WORK/attach" || fail "the vif does not come up"
    ip -n $GUEST address add 10.0.1.1/24 dev eth0
    launch dnsmasq "$WORK/dnsmasq.log" ip netns exec $DOM0 dnsmasq -C /dev/null -k --user=root --group=root --port=0 \
        --enable-tftp --tftp-max=500 --tftp-root="$WORK/root" --listen-address=10.0.1.129 --bind-interfaces --pid-file=
    launch hpa "$WORK/hpa.log" ip netns exec $DOM0 in.tftpd --listen --foreground --user root \
        --address "10.0.1.129:${PORT[hpa]}" --secure "$WORK/root"
    local kind
    for kind in $KINDS; do
        wait_until 10 get "$kind" small 512 1 1 || fail "$kind does not serve: $(tail -n 3 "$WORK/$kind.log")"
    done
}

xennet() { ip netns exec $DOM0 "$XENNET" --socket "$WORK/run/control.sock" "$@"; }

# get KIND FILE BLKSIZE WINDOW TRANSFERS: transfers done, octets, seconds
get() { ip netns exec $GUEST "$WORK/tftp-get" get 10.0.1.129 "${PORT[$1]}" "$2" "$3" "$4" "$5"; }

# measure KIND PART WINDOW: MiB/s, and CPU of the server for each MiB
measure() {
    local before after done octets seconds
    before=$(cpu_ticks "$(pid_of "$1")")
    read -r done octets seconds <<< "$(get "$1" initrd "$BLKSIZE" "$3" 1)"
    after=$(cpu_ticks "$(pid_of "$1")")
    [ "$done" = 1 ] && [ "$octets" = $((SIZE << 20)) ] || fail "$1 gave $octets octets"
    figure "tftp_$2_mib_per_s_$1" "$(awk -v s="$seconds" -v m="$SIZE" 'BEGIN { printf "%.1f", m / s }')"
    # Those of hpa end with the transfer, and their time with them.
    [ "$1" = hpa ] || figure "tftp_$2_cpu_ms_per_mib_$1" \
        "$(awk -v t=$((after - before)) -v h="$TICKS" -v m="$SIZE" 'BEGIN { printf "%.2f", t * 1000 / h / m }')"
}

measure_window() { measure "$1" window 16; }

measure_block() { measure "$1" block 1; }

measure_many() {
    [ "$1" = xennet ] || return 0
    local done octets seconds
    figure tftp_idle_rss_kib "$(rss_kib "$(pid_of xennet)")"
    get xennet small "$BLKSIZE" 16 "$TRANSFERS" > "$WORK/many" &
    while kill -0 $! 2> /dev/null; do
        rss_kib "$(pid_of xennet)" >> "$WORK/rss"
        sleep 0.05
    done
    read -r done octets seconds < "$WORK/many"
    figure tftp_many_done "$done"
    figure tftp_many_mib_per_s "$(awk -v s="$seconds" -v n="$done" 'BEGIN { printf "%.1f", n * 4 / s }')"
    figure tftp_many_rss_kib "$(sort -n "$WORK/rss" | tail -n 1)"
}

report() {
    local part kind
    for part in window block; do
        [[ " $PARTS " = *" $part "* ]] || continue
        for kind in $KINDS; do
            result_median "tftp_${part}_mib_per_s_$kind"
        done
        for kind in xennet dnsmasq; do
            result_median "tftp_${part}_cpu_ms_per_mib_$kind"
        done
        result_ratio "tftp_${part}_xennet_by_dnsmasq" "tftp_${part}_mib_per_s_xennet" "tftp_${part}_mib_per_s_dnsmasq"
        result_ratio "tftp_${part}_xennet_by_hpa" "tftp_${part}_mib_per_s_xennet" "tftp_${part}_mib_per_s_hpa"
    done
    if [[ " $PARTS " = *" many "* ]]; then
        result tftp_many_transfers "$TRANSFERS"
        for figure in tftp_many_done tftp_many_mib_per_s tftp_idle_rss_kib tftp_many_rss_kib; do
            result_median "$figure"
        done
    fi
}

main "$@"
