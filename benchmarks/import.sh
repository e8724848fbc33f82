#!/bin/bash
# How long it takes to bring LINES lines of another set-up along: hosts and ethers of half as many machines each, new to the
# registry, then the same once more, and as a dry run of dnsmasq's configuration that names them.
#
#   bash benchmarks/import.sh
#   LINES=65000 ROUNDS=5        the defaults; each round begins with an empty registry
#
# As root, on an idle machine: program and daemon share its cores.
set -euo pipefail
shopt -s inherit_errexit

NAME=import.sh
WORK=/var/tmp/xennet-import
NS=xnimport
LINES=${LINES:-65000}
ROUNDS=${ROUNDS:-5}
export XENNET_SOCKET=$WORK/run/control.sock

# shellcheck source=benchmarks/peers/common.sh
. "$(dirname "$(readlink -f "$0")")/peers/common.sh"

main() {
    prepare_run
    write_files
    ip netns add $NS
    ip -n $NS link set lo up
    local round
    for round in $(seq "$ROUNDS"); do
        rm -rf "$WORK/state"
        launch xennet "$WORK/xennet.log" ip netns exec $NS "$XENNET" serve --config "$WORK/xennet.toml"
        wait_until 10 inside status || fail "xennet is not up: $(tail -n 3 "$WORK/xennet.log")"
        timed new "added or changed $((LINES / 2)), unchanged 0; lines: $LINES taken" --hosts "$WORK/hosts" --ethers "$WORK/ethers"
        timed again "added or changed 0, unchanged $((LINES / 2)); lines: $LINES taken" --hosts "$WORK/hosts" --ethers "$WORK/ethers"
        timed dry "would add or change 0, unchanged $((LINES / 2)); lines: $((LINES + 3)) taken" --dry-run \
            --dnsmasq "$WORK/dnsmasq.conf" --hosts "$WORK/hosts" --ethers "$WORK/ethers"
        end xennet
    done
    local kind
    for kind in new again dry; do
        result "import_${kind}_s" "$(sort -g "$WORK/$kind" | sed -n "$(((ROUNDS + 1) / 2))p")"
        result "import_${kind}_longest_s" "$(sort -g "$WORK/$kind" | tail -n 1)"
    done
}

remove_everything() {
    [ ! -d "$PIDS" ] || end_all
    [ ! -e /run/netns/$NS ] || ip netns del $NS
    rm -rf "$WORK"
}

inside() { ip netns exec $NS "$XENNET" "$@"; }

write_files() {
    seq $((LINES / 2)) | awk '{ printf "10.%d.%d.1 guest%d.testbed guest%d\n", int($1 / 256), $1 % 256, $1, $1 }' > "$WORK/hosts"
    seq $((LINES / 2)) | awk '{ printf "00:16:3e:00:%02x:%02x guest%d\n", int($1 / 256), $1 % 256, $1 }' > "$WORK/ethers"
    printf 'domain=testbed\nexpand-hosts\nread-ethers\n' > "$WORK/dnsmasq.conf"
    printf 'state-dir = "%s/state"\nrun-dir = "%s/run"\n[network]\nnat = false\n[dns]\nupstreams = ["192.0.2.53"]\n' \
        "$WORK" "$WORK" > "$WORK/xennet.toml"
}

# timed KIND LAST-LINE ARGUMENTS…: the import's seconds; what it says last must begin so
timed() {
    local kind=$1 said=$2 began=$EPOCHREALTIME
    shift 2
    inside import "$@" > "$WORK/said" || fail "import: $(tail -n 3 "$WORK/said")"
    awk -v a="$began" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.2f\n", b - a }' >> "$WORK/$kind"
    [[ $(tail -n 1 "$WORK/said") == "$said"* ]] || fail "$kind: $(tail -n 1 "$WORK/said")"
}

main
