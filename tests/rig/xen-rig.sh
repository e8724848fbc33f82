#!/bin/bash
# A real xenstored (Debian 12's Xen 4.17, unmodified) on a machine without a hypervisor, the xenstore tree that
# libxl makes for each vif, a veth in place of netback's interface, and hotplug scripts called as libxl calls them.
#
#   xen-rig.sh start                              fresh xenstored and Dom0 namespace (after a crash too)
#   xen-rig.sh vif DOMID DEVID NAME MAC [NODE=VALUE]...
#                                                 a vif up to the moment at which libxl runs the hook:
#                                                 vifDOMID.DEVID in $DOM0 <-> ethDEVID in $PREFIX-guest-DOMID;
#                                                 NODE=VALUE are further nodes of the backend (ip, vifname, ...)
#   xen-rig.sh toolstack [DOMID]                  xl can be used, with xlshim.c (in machine.sh's machine it is): its vifs have
#                                                 their links, as above, until they go, as netback makes them; guests shut
#                                                 down when they are asked to. The first domain is DOMID
#   xen-rig.sh hook PROGRAM online|offline DOMID DEVID
#                                                 libxl's call, in $DOM0; exits as PROGRAM does, having printed
#                                                 rc=N status='hotplug-status' error='hotplug-error'
#                                                 (add|remove: its second call for an HVM guest's tap)
#   xen-rig.sh hook-env PROGRAM DOMID DEVID       that call's environment:   eval "$(xen-rig.sh hook-env ...)"
#   xen-rig.sh unvif DOMID DEVID                  the vif goes: netback's interface first, then the nodes
#   xen-rig.sh destroy DOMID                      after its last vif: the toolstack removes the domain
#   xen-rig.sh die DOMID                          the domain vanishes without its toolstack: @releaseDomain
#   xen-rig.sh xs VERB...                         xenstore-VERB (read, write, ls, ...) against this rig
#   xen-rig.sh env                                environment for clients:   eval "$(xen-rig.sh env)"
#   xen-rig.sh stop                               ends xenstored, removes this rig's namespaces and files
#
# With XENNET_XENSTORED=oxenstored in the environment, start takes the OCaml xenstored of the same package.
#
# Rigs side by side: give each its own RIG (directory), PREFIX (of namespaces) and, if wanted, DOM0 (namespace).
# As root. Needs gcc, libc6-dev, iproute2; net-tools for the shipped scripts. Packages are unpacked, not installed.
set -euo pipefail

RIG=${RIG:-/run/xennet-rig}
PREFIX=${PREFIX:-xnrig}
DOM0=${DOM0:-$PREFIX-dom0}
CACHE=${XENNET_RIG_CACHE:-/var/cache/xennet-rig}
HERE=$(dirname "$(readlink -f "$0")")

ROOT=$CACHE/root
XENSTORED=$ROOT/usr/lib/xen-4.17/bin/xenstored
SHIM=$RIG/shim
PIDS=$RIG/pids
export XENSTORED_RUNDIR=$RIG/run XENSTORED_ROOTDIR=$RIG/run XENSTORED_PATH=$RIG/run/socket

PACKAGES="libxentoolcore1 libxentoollog1 libxencall1 libxendevicemodel1 libxenevtchn1 libxenforeignmemory1
          libxengnttab1 libxenhypfs1 libxenstore4 libyajl2 libxenmisc4.17 xenstore-utils xen-utils-common
          xen-utils-4.17 libxen-dev"

# shellcheck source-path=SCRIPTDIR
. "$HERE/processes.sh"

main() {
    local verb=${1:-}
    [ $# -gt 0 ] && shift
    case $verb in
        start) start ;;
        stop) stop ;;
        vif) [ $# -ge 4 ] || usage; vif "$@" ;;
        toolstack) toolstack "${1:-1}" ;;
        watch) watch_domains ;;
        hook) [ $# -eq 4 ] || usage; hook "$@" ;;
        hook-env) [ $# -eq 3 ] || usage; hook_env "$@" | export_lines ;;
        unvif) [ $# -eq 2 ] || usage; unvif "$@" ;;
        destroy) [ $# -eq 1 ] || usage; destroy "$@" ;;
        die) [ $# -eq 1 ] || usage; die "$@" ;;
        xs) [ $# -ge 1 ] || usage; xs "$@" ;;
        env) client_env | export_lines ;;
        *) usage ;;
    esac
}

usage() {
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

fail() {
    echo "xen-rig.sh: $*" >&2
    exit 1
}

# ---- xenstored ------------------------------------------------------------------------------------------------

start() {
    stop
    fill_cache
    mkdir -p "$RIG/run" "$SHIM/dom"
    head -c 4096 /dev/zero > "$SHIM/xsd_kva"
    printf 1 > "$SHIM/xsd_port"
    mkfifo "$SHIM/evt"

    # Not -D (no Dom0 ring): with it 4.17 starts, then crashes on the first write. -N: do not fork.
    if [ "${XENNET_XENSTORED:-}" = oxenstored ]; then
        launch_oxenstored
    else
        launch xenstored "$RIG/run/log" \
            env LD_LIBRARY_PATH="$(libraries)" LD_PRELOAD="$(shim_library xenshim)" XENSHIM_DIR="$SHIM" \
            "$XENSTORED" -N --pid-file "$RIG/run/xenstored.pid"
    fi
    wait_until 5 xs write /tool/rig ok || fail "xenstored does not answer: $(tail -n 3 "$RIG/run/log")"

    ip netns add "$DOM0"
    ip -n "$DOM0" link set lo up
    echo "xenstored $(pid_of xenstored) at $XENSTORED_PATH, Dom0 in $DOM0"
}

# Its places are built in: it has a /run of its own, where its directory is ours.
launch_oxenstored() {
    cat > "$RIG/run/conf" <<EOF
pid-file = /run/xenstored/xenstored.pid
xenstored-log-file = /run/xenstored/oxenstored.log
access-log-file = /run/xenstored/access.log
merge-activate = true
perms-activate = true
quota-activate = true
quota-maxentity = 1000
quota-maxsize = 2048
quota-maxwatch = 100
quota-transaction = 10
quota-maxrequests = 1024
quota-path-max = 1024
persistent = false
xenstored-kva = /mnt/shim/xsd_kva
xenstored-port = /mnt/shim/xsd_port
EOF
    launch xenstored "$RIG/run/log" unshare -m sh -ec "
        mount -t tmpfs none /mnt
        mkdir /mnt/shim /mnt/run
        mount --bind '$SHIM' /mnt/shim
        mount --bind '$RIG/run' /mnt/run
        mount -t tmpfs none /run
        mkdir /run/xenstored
        mount --bind /mnt/run /run/xenstored
        exec env LD_LIBRARY_PATH='$(libraries)' LD_PRELOAD='$(shim_library xenshim)' XENSHIM_DIR=/mnt/shim \
            '${XENSTORED%/*}/oxenstored' --no-fork --config-file /run/xenstored/conf"
}

stop() {
    local namespace
    end_all
    for namespace in $(ip netns list | awk -v dom0="$DOM0" -v guest="$PREFIX-guest-" \
            '$1 == dom0 || index($1, guest) == 1 { print $1 }'); do
        ip netns del "$namespace"
    done
    rm -rf "$RIG/run" "$SHIM" "$PIDS"
    rmdir "$RIG" 2> /dev/null || true
}

# The packages and the shim, once for all rigs of this machine. No maintainer script runs; /etc stays as it is.
fill_cache() {
    mkdir -p "$CACHE"
    exec 9> "$CACHE/lock"
    flock 9
    # An earlier list may have been shorter.
    [ "$(cat "$ROOT.list" 2> /dev/null)" = "$PACKAGES" ] || unpack
    [ -e "$(shim_library xenshim)" ] || build_shim xenshim -ldl
    [ -e "$(shim_library xlshim)" ] || build_shim xlshim "-I$ROOT/usr/include"
    exec 9>&-
}

unpack() {
    local fresh=$CACHE/root.new package
    rm -rf "$fresh" "$CACHE/debs"
    mkdir -p "$fresh" "$CACHE/debs"
    # shellcheck disable=SC2086
    (cd "$CACHE/debs" && { apt-get download -qq $PACKAGES || { apt-get update -qq && apt-get download -qq $PACKAGES; }; }) \
        > "$CACHE/log" 2>&1 || fail "cannot download Debian 12's Xen 4.17 packages: $(grep -m1 '^E:' "$CACHE/log")"
    for package in "$CACHE"/debs/*.deb; do
        dpkg -x "$package" "$fresh"
    done
    rm -rf "$ROOT.old"
    [ ! -d "$ROOT" ] || mv "$ROOT" "$ROOT.old"
    mv "$fresh" "$ROOT"
    rm -rf "$ROOT.old"
    echo "$PACKAGES" > "$ROOT.list"
}

# build_shim NAME OPTION
build_shim() {
    local library
    library=$(shim_library "$1")
    command -v gcc > /dev/null || fail "gcc is needed to build $1.c"
    gcc -O2 -Wall -shared -fPIC -o "$library.new" "$HERE/$1.c" "$2"
    mv "$library.new" "$library"
}

# Named by its source, so that a changed shim is built anew.
shim_library() {
    echo "$CACHE/$1-$(cksum < "$HERE/$1.c" | cut -d ' ' -f 1).so"
}

libraries() {
    echo "$ROOT"/usr/lib/*-linux-gnu
}

xs() {
    local verb=$1
    shift
    LD_LIBRARY_PATH=$(libraries) "$ROOT/usr/bin/xenstore-$verb" "$@"
}

# ---- domains and vifs -----------------------------------------------------------------------------------------

vif() {
    local domid=$1 devid=$2 name=$3 mac=$4
    shift 4
    links "$domid" "$devid" "$mac"
    : > "$SHIM/dom/$domid"
    xs exists "/local/domain/$domid/name" || domain_nodes "$domid" "$name"
    vif_nodes "$domid" "$devid" "$mac" "$@"
}

links() {
    local domid=$1 devid=$2 mac=$3 guest=$PREFIX-guest-$1
    if ! [ -e "/run/netns/$guest" ]; then
        ip netns add "$guest"
        ip -n "$guest" link set lo up
    fi
    # fe:ff:ff:ff:ff:ff is netback's address on every vif. The Dom0 end stays down, as netback leaves it.
    ip -n "$DOM0" link add "vif$domid.$devid" address fe:ff:ff:ff:ff:ff type veth \
        peer name "eth$devid" address "$mac" netns "$guest"
    ip -n "$guest" link set "eth$devid" up
}

# As libxl__domain_make writes them, before any device; then the domain is introduced.
domain_nodes() {
    local domid=$1 name=$2 uuid
    uuid=$(printf '00000000-0000-4000-8000-%012x' "$domid")
    xs write "/local/domain/$domid" "" "/libxl/$domid" ""
    xs chmod "/local/domain/$domid" n0 "r$domid"
    xs write \
        "/local/domain/$domid/vm" "/vm/$uuid" \
        "/local/domain/$domid/name" "$name" \
        "/local/domain/$domid/domid" "$domid" \
        "/vm/$uuid/uuid" "$uuid" \
        "/vm/$uuid/name" "$name" \
        "/libxl/$domid/type" pv
    introduce "$domid"
}

# As libxl__device_nic_add writes them in one transaction; then netback's features and InitWait (2), upon which
# libxl forks the script.
vif_nodes() {
    local domid=$1 devid=$2 mac=$3 back front libxl place node
    local common=() further=()
    shift 3
    back=/local/domain/0/backend/vif/$domid/$devid
    front=/local/domain/$domid/device/vif/$devid
    libxl=/libxl/$domid/device/vif/$devid

    xs write "$front" "" "$back" ""
    xs chmod "$front" "n$domid" r0
    xs chmod "$back" n0 "r$domid"
    for place in "$back" "$libxl"; do
        common+=("$place/frontend" "$front" "$place/frontend-id" "$domid" "$place/online" 1 "$place/state" 1
            "$place/script" /etc/xen/scripts/vif-nat "$place/mac" "$mac" "$place/bridge" xenbr0
            "$place/handle" "$devid" "$place/type" vif "$place/hotplug-status" "")
        for node in "$@"; do
            further+=("$place/${node%%=*}" "${node#*=}")
        done
    done
    xs write \
        "$front/backend" "$back" "$front/backend-id" 0 "$front/state" 1 "$front/handle" "$devid" \
        "$front/mac" "$mac" "$front/trusted" 1 "$front/mtu" 1500 \
        "${common[@]}" "${further[@]}" "$libxl/backend" "$back"
    xs chmod "$front/mtu" n0 "r$domid"
    init_wait "$back"
}

# Netback's features and InitWait (2).
init_wait() {
    xs write "$1/feature-sg" 1 "$1/feature-gso-tcpv4" 1 "$1/feature-rx-copy" 1 "$1/multi-queue-max-queues" 2 "$1/state" 2
}

# XS_INTRODUCE (type 8): domid, machine frame, event channel. There is no command for it; perl is always there.
introduce() {
    perl -MIO::Socket::UNIX -e '
        my $socket = IO::Socket::UNIX->new(Peer => $ARGV[0]) or die "xenstored: $!\n";
        my $body = join("\0", $ARGV[1], 1, 1, "");
        $socket->syswrite(pack("L4", 8, 1, 0, length $body) . $body);
        $socket->sysread(my $reply, 16);
        unpack("L", $reply) == 8 or die "xenstored refuses domain $ARGV[1]\n";
    ' "$XENSTORED_PATH" "$1"
}

toolstack() {
    cp "$(shim_library xlshim)" "$SHIM/xlshim.so"
    echo "$1" > "$SHIM/next"
    launch toolstack "$RIG/run/toolstack.log" bash "$HERE/xen-rig.sh" watch
    wait_until 5 xs exists /tool/watched || fail "nobody watches domains: $(tail -n 3 "$RIG/run/toolstack.log")"
}

# What netback, xenconsoled (xl waits for the name of the console's terminal) and guests do of themselves. The first line that
# xenstore-watch prints is the watch itself; by itself it does not end.
watch_domains() {
    local path domid
    LD_LIBRARY_PATH=$(libraries) setpriv --pdeathsig KILL "$ROOT/usr/bin/xenstore-watch" /local/domain | while read -r path; do
        if [[ $path =~ ^/local/domain/0/backend/vif/([0-9]+)/([0-9]+)(/state)?$ ]]; then
            follow_vif "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
        elif [[ $path =~ ^/local/domain/([0-9]+)/console/port$ ]]; then
            domid=${BASH_REMATCH[1]}
            ! xs exists "$path" || xs write "/local/domain/$domid/console/tty" "/dev/pts/$domid"
        elif [[ $path =~ ^/local/domain/([0-9]+)/control/shutdown$ ]]; then
            domid=${BASH_REMATCH[1]}
            [ "$(xs read "$path" 2> /dev/null)" != poweroff ] || shut_down "$domid"
        elif [ "$path" = /local/domain ]; then
            xs write /tool/watched ok
        fi
    done
}

shut_down() {
    xs write "/local/domain/$1/control/shutdown" ""
    : > "$SHIM/dom/$1.down"
    printf v > "$SHIM/evt"
}

# States: 1 the toolstack has made it, 5 it wants it gone, 6 gone.
follow_vif() {
    local back=/local/domain/0/backend/vif/$1/$2
    case $(xs read "$back/state" 2> /dev/null || echo none) in
        1)
            links "$1" "$2" "$(xs read "$back/mac")"
            init_wait "$back"
            ;;
        5)
            unlink "$1" "$2"
            xs write "$back/state" 6
            ;;
        none) unlink "$1" "$2" ;;
    esac
}

unvif() {
    local domid=$1 devid=$2 back=/local/domain/0/backend/vif/$1/$2 path
    ! xs exists "$back" || xs write "$back/online" 0 "$back/state" 6
    unlink "$domid" "$devid"
    for path in "/local/domain/$domid/device/vif/$devid" "/libxl/$domid/device/vif/$devid" "$back"; do
        ! xs exists "$path" || xs rm "$path"
    done
}

unlink() {
    local guest=$PREFIX-guest-$1
    ip -n "$DOM0" link del "vif$1.$2" 2> /dev/null || true
    if [ -e "/run/netns/$guest" ] && ! ip -n "$guest" -o link show | grep -q ': eth[0-9]*@'; then
        ip netns del "$guest"
    fi
}

# libxl removes a domain's own nodes after all of its devices.
destroy() {
    local path vm
    vm=$(xs read "/local/domain/$1/vm" 2> /dev/null || true)
    for path in "/local/domain/$1" "/libxl/$1" "$vm"; do
        [ -z "$path" ] || ! xs exists "$path" || xs rm "$path"
    done
    die "$1"
}

die() {
    rm -f "$SHIM/dom/$1" "$SHIM/dom/$1.down"
    printf v > "$SHIM/evt"
}

# ---- the hook -------------------------------------------------------------------------------------------------

hook() {
    local program=$1 verb=$2 domid=$3 devid=$4 back=/local/domain/0/backend/vif/$3/$4 kind=vif rc=0
    case $verb in add | remove) kind=tap ;; esac
    mapfile -t environment < <(hook_env "$program" "$domid" "$devid")
    # The shipped scripts die without their log's directory.
    case $program in "$ROOT"/*) mkdir -p /var/log/xen ;; esac

    ip netns exec "$DOM0" env "${environment[@]}" "$program" "$verb" "type_if=$kind" < /dev/null 1>&2 || rc=$?
    echo "rc=$rc status='$(xs read "$back/hotplug-status" 2> /dev/null)' error='$(xs read "$back/hotplug-error" 2> /dev/null)'"
    return "$rc"
}

# libxl's own variables come first; then what lets programs find this rig's xenstored and xenstore-read.
hook_env() {
    local program=$1 domid=$2 devid=$3 back=/local/domain/0/backend/vif/$2/$3
    cat <<EOF
script=$program
XENBUS_TYPE=vif
XENBUS_PATH=backend/vif/$domid/$devid
XENBUS_BASE_PATH=backend
netdev=$(xs read "$back/gatewaydev" 2> /dev/null || true)
vif=vif$domid.$devid
EOF
    if [ "$(xs read "$back/type" 2> /dev/null)" = vif_ioemu ]; then
        echo "INTERFACE=vif$domid.$devid-emu"
    fi
    client_env
}

client_env() {
    cat <<EOF
RIG=$RIG
PREFIX=$PREFIX
DOM0=$DOM0
XENSTORED_RUNDIR=$XENSTORED_RUNDIR
XENSTORED_PATH=$XENSTORED_PATH
LD_LIBRARY_PATH=$(libraries)
PATH=$ROOT/usr/bin:$PATH
SCRIPTS=$ROOT/etc/xen/scripts
EOF
}

export_lines() {
    local line
    while IFS= read -r line; do
        printf 'export %s=%q\n' "${line%%=*}" "${line#*=}"
    done
}

main "$@"
