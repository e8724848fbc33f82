#!/bin/bash
# The hook: xennet beside the distribution's vif-nat, on the same rig (a real xenstored, a veth for each vif), called
# as libxl calls them and timed from before the fork to the exit. The kinds take turns, each time with a fresh vif.
#
#   bash benchmarks/peers/hook.sh
#   COUNT=50 KINDS="vif-nat xennet new"     the defaults;  xennet: a known machine starts again
#                                                          new: a machine that was never seen, which is written
#                                                          durably before the hook answers
# As root, on an idle machine. Beside it: how long this disk takes for one fdatasync.
set -euo pipefail
shopt -s inherit_errexit

NAME=hook.sh
# On a disk: /run is memory, where a durable write costs nothing.
WORK=/var/tmp/xennet-peers-hook
COUNT=${COUNT:-50}
KINDS=${KINDS:-vif-nat xennet new}
export RIG=/run/xennet-peers-hook PREFIX=xnpeers-hook DOM0=xnpeers-hook-dom0
export XENNET_SOCKET=$WORK/run/control.sock

# shellcheck source=benchmarks/peers/common.sh
. "$(dirname "$(readlink -f "$0")")/common.sh"

main() {
    prepare_run
    rig start
    eval "$(rig env | grep SCRIPTS=)"
    mkdir -p /var/log/xen       # vif-nat dies without it
    [ "$KINDS" = vif-nat ] || start_xennet

    local round kind domid=100
    for round in $(seq "$COUNT"); do
        for kind in $KINDS; do
            domid=$((domid + 1))
            measure "$kind" "$round" "$domid"
        done
    done
    time_fdatasync
    report
}

start_xennet() {
    start_on_rig
    # So that "xennet" measures a known machine from its first round on.
    cycle "$WORK/vif-nat-dns" known 100 > /dev/null
}

measure() {
    local kind=$1 round=$2 domid=$3 program=$WORK/vif-nat-dns name=known online offline
    case $kind in
        vif-nat) program=$SCRIPTS/vif-nat ;;
        new) name=new$round ;;
    esac
    read -r online offline <<< "$(cycle "$program" "$name" "$domid")"
    [ -n "$offline" ] || exit 1
    figure "hook_${kind//-/}_online_ms" "$online"
    figure "hook_${kind//-/}_offline_ms" "$offline"
}

# cycle PROGRAM NAME DOMID: up and down again; prints both times
cycle() {
    local program=$1 name=$2 domid=$3 online offline
    rig vif "$domid" 0 "$name" "$(printf '00:16:3e:00:%02x:%02x' $((domid / 256)) $((domid % 256)))"
    online=$(timed "$program" online "$domid")
    [ "$(rig xs read "/local/domain/0/backend/vif/$domid/0/hotplug-status")" = connected ] \
        || fail "$program online left no 'connected'"
    offline=$(timed "$program" offline "$domid")
    rig unvif "$domid" 0
    rig destroy "$domid"
    echo "$online $offline"
}

# timed PROGRAM online|offline DOMID: milliseconds from before the fork to the exit, inside Dom0 already
timed() {
    local program=$1 verb=$2 domid=$3
    # shellcheck disable=SC2016
    (
        eval "$(rig hook-env "$program" "$domid" 0)"
        ip netns exec $DOM0 bash -c '
            before=${EPOCHREALTIME/./}
            "$1" "$2" type_if=vif < /dev/null 1>&2 || exit
            after=${EPOCHREALTIME/./}
            printf "%d.%03d\n" $(((after - before) / 1000)) $(((after - before) % 1000))' bash "$program" "$verb"
    ) || fail "$program $verb failed"
}

time_fdatasync() {
    python3 - "$WORK" "$COUNT" <<'EOF' > "$FIGURES/hook_fdatasync_ms"
import os, sys, time
path = sys.argv[1] + "/fdatasync"
fd = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
for _ in range(int(sys.argv[2])):
    os.write(fd, bytes(4096))
    before = time.perf_counter()
    os.fdatasync(fd)
    print(f"{(time.perf_counter() - before) * 1000:.3f}")
os.unlink(path)
EOF
}

report() {
    local kind verb
    echo
    for kind in $KINDS; do
        for verb in online offline; do
            result_median "hook_${kind//-/}_${verb}_ms"
        done
    done
    result_median hook_fdatasync_ms
    [[ " $KINDS " == *" xennet "* && " $KINDS " == *" vif-nat "* ]] || return 0
    result hook_xennet_online_p99_ms "$(highest hook_xennet_online_ms)"
    result_ratio hook_online_ratio hook_xennet_online_ms hook_vifnat_online_ms
    result_ratio hook_offline_ratio hook_xennet_offline_ms hook_vifnat_offline_ms
    [[ " $KINDS " != *" new "* ]] || result_ratio hook_new_online_ratio hook_new_online_ms hook_vifnat_online_ms
}

remove_everything() {
    [ ! -d "$PIDS" ] || end_all
    rig stop
    rm -rf "$WORK"
}

main "$@"
