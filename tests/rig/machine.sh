#!/bin/bash
# A Debian 12 that runs beside this machine: a root of its own and systemd as its first process, in namespaces of its own. All
# that it writes is in memory; of this machine's kernel it can set nothing but its own network. Xen's tools are there as
# xen-rig.sh has them unpacked; with its xenstored at /run/xenstored and its shim at /run/xenshim it is a Dom0, and xl works.
#
#   machine.sh root                      makes the root that all start from, once
#   machine.sh start NETNS [FROM=TO]...  starts one in that network namespace; FROM, a directory here, is TO there;
#                                        it is up when this returns
#   machine.sh run COMMAND               as root's shell there runs it; exits as it does
#   machine.sh init                      the number here of its first process: /proc/NUMBER/root is its root
#   machine.sh stop                      ends it
#   machine.sh remove                    ends it and removes all that it has written
#
# MACHINE is its directory, whose name no other has. With LAYERS, directories of some that are stopped, the last one first and
# colons between, it starts from what they have written. As root. Needs debootstrap, and of the kernel: mount, process and cgroup namespaces, overlays, cgroups of
# version 2.
set -euo pipefail

HERE=$(dirname "$(readlink -f "$0")")
CACHE=${XENNET_RIG_CACHE:-/var/cache/xennet-rig}
ROOT=$CACHE/machine
# What a Dom0's administrator has; dnsmasq and systemd-resolved are there and not enabled.
PACKAGES=systemd,systemd-sysv,dbus,systemd-resolved,dnsmasq,nftables,iproute2,procps,iputils-ping
PACKAGES+=,bind9-dnsutils,curl,sqlite3
PACKAGES+=,openssl,tcpdump,udhcpc,tftp-hpa,libuuid1,libzstd1
# Of no use here, or about the kernel, which is not its own.
MASKED="timers.target getty.target systemd-logind.service systemd-modules-load.service systemd-remount-fs.service
        systemd-sysctl.service e2scrub_reap.service dev-hugepages.mount sys-kernel-debug.mount sys-kernel-tracing.mount
        sys-fs-fuse-connections.mount"

main() {
    local verb=${1:-}
    [ $# -gt 0 ] && shift
    if [ "$verb" != root ]; then
        : "${MACHINE:?the directory of the machine}"
        PIDS=$MACHINE/pids
        # shellcheck source-path=SCRIPTDIR
        . "$HERE/processes.sh"
    fi
    case $verb in
        root) make_root ;;
        start) [ $# -ge 1 ] || usage; start "$@" ;;
        inside) become "$@" ;;
        run) [ $# -eq 1 ] || usage; run "$1" ;;
        init) init ;;
        stop) stop ;;
        remove) stop; remove ;;
        *) usage ;;
    esac
}

usage() {
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

fail() {
    echo "machine.sh: $*" >&2
    exit 1
}

make_root() {
    local site codename list
    mkdir -p "$CACHE"
    exec 9> "$CACHE/machine.lock"
    flock 9
    # shellcheck disable=SC2086
    list=$(echo $PACKAGES $MASKED)
    [ "$(cat "$ROOT.list" 2> /dev/null)" != "$list" ] || return 0
    codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
    site=$(apt-get indextargets --format '$(SITE)' | grep -v security | head -n 1)
    rm -rf "$ROOT" "$ROOT.new"
    debootstrap --variant=minbase --include="$PACKAGES" "$codename" "$ROOT.new" "$site" > "$CACHE/machine.log" 2>&1 \
        || fail "debootstrap: $(tail -n 3 "$CACHE/machine.log")"
    chroot "$ROOT.new" systemctl disable -q dnsmasq systemd-resolved
    # shellcheck disable=SC2086
    chroot "$ROOT.new" systemctl mask -q $MASKED
    rm -f "$ROOT.new/etc/resolv.conf"
    printf 'nameserver 127.0.0.1\nsearch testbed\n' > "$ROOT.new/etc/resolv.conf"
    sed -i 's/^hosts:.*/hosts: files dns/' "$ROOT.new/etc/nsswitch.conf"
    echo dom0 > "$ROOT.new/etc/hostname"
    printf '127.0.0.1 localhost dom0\n' > "$ROOT.new/etc/hosts"
    xen "$ROOT.new"
    mv "$ROOT.new" "$ROOT"
    echo "$list" > "$ROOT.list"
}

# xen ROOT: xl, and what of Debian's /etc/init.d/xen needs no hypervisor.
xen() {
    mkdir -p "$1/var/log/xen"
    echo 'd /run/xen' > "$1/usr/lib/tmpfiles.d/xen.conf"
    cat > "$1/usr/local/sbin/xl" <<'EOF'
#!/bin/sh
LD_PRELOAD=/run/xenshim/xlshim.so exec /usr/lib/xen-4.17/bin/xl "$@"
EOF
    chmod 755 "$1/usr/local/sbin/xl"
    cat > "$1/etc/systemd/system/xen.service" <<'EOF'
[Unit]
ConditionPathExists=/run/xenshim/xlshim.so
[Service]
Type=oneshot
RemainAfterExit=yes
Environment=LD_PRELOAD=/run/xenshim/xlshim.so
ExecStart=/usr/lib/xen-4.17/bin/xen-init-dom0
[Install]
WantedBy=multi-user.target
EOF
    chroot "$1" systemctl enable -q xen
}

start() {
    local netns=$1
    shift
    [ -e "$ROOT.list" ] || fail "there is no root to start from: machine.sh root"
    # Xen's tools, which xen-rig.sh has unpacked.
    mkdir -p "$CACHE/root"
    mkdir -p "$MACHINE/memory"
    mountpoint -q "$MACHINE/memory" || mount -t tmpfs -o mode=755 machine "$MACHINE/memory" \
        || fail "it cannot be started here: root may not mount"
    mkdir -p "$MACHINE"/memory/{written,work}
    launch machine "$MACHINE/log" nsenter --net="/run/netns/$netns" unshare --mount \
        bash "$HERE/machine.sh" inside "$@"
    wait_until 60 is_up || fail "it cannot be started here: $(tail -n 3 "$MACHINE/log")"
}

is_up() {
    is_running machine || fail "$(tail -n 3 "$MACHINE/log")"
    init > /dev/null && run 'systemctl is-system-running --wait' | grep -qE '^(running|degraded)$'
}

# become [FROM=TO]...: in a mount namespace of its own, whose process becomes the first of the machine.
become() {
    local step=${1:-}
    if [ "$step" != namespaced ]; then
        # Its cgroup, below the one that this runs in, whichever that is.
        local at
        at=$MACHINE/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup | sed 's|/*$||')/$(basename "$MACHINE")
        mkdir -p "$MACHINE/cgroup"
        mount -t cgroup2 cgroup2 "$MACHINE/cgroup"
        mkdir "$at"
        echo "$at" > "$MACHINE/cgroup-at"
        echo $$ > "$at/cgroup.procs"
        umount "$MACHINE/cgroup"
        exec unshare --mount --pid --uts --ipc --cgroup --fork --kill-child bash "$HERE/machine.sh" inside namespaced "$@"
    fi
    shift
    cd "$MACHINE/memory"
    mkdir -p root
    mount -t overlay -o "lowerdir=${LAYERS:+${LAYERS//://memory/written:}/memory/written:}$CACHE/root:$ROOT,upperdir=written,workdir=work" machine root
    fill root "$@"
    cd root
    mkdir -p run/outside
    pivot_root . run/outside
    umount --lazy /run/outside
    rmdir /run/outside
    hostname dom0
    exec env -i container=machine PATH=/usr/sbin:/usr/bin:/sbin:/bin \
        /lib/systemd/systemd --log-target=journal --show-status=false --default-standard-output=journal \
        < /dev/null > /dev/null 2>&1
}

# fill ROOT [FROM=TO]...: the kernel's file systems, and directories of this machine.
fill() {
    local root=$1 name pair
    shift
    mount -t proc proc "$root/proc"
    # Also for root nothing of the kernel can be set from there but its own network.
    mount --bind "$root/proc/sys" "$root/proc/sys"
    mount --bind "$root/proc/sys/net" "$root/proc/sys/net"
    mount -o remount,bind,ro "$root/proc/sys"
    mount -t sysfs -o ro sysfs "$root/sys"
    mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
    mount -t tmpfs -o mode=755 tmpfs "$root/dev"
    mkdir "$root/dev/pts" "$root/dev/shm"
    for name in null zero full random urandom tty; do
        touch "$root/dev/$name"
        mount --bind "/dev/$name" "$root/dev/$name"
    done
    mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts"
    ln -s pts/ptmx "$root/dev/ptmx"
    ln -s /proc/self/fd "$root/dev/fd"
    ln -s fd/0 "$root/dev/stdin"
    ln -s fd/1 "$root/dev/stdout"
    ln -s fd/2 "$root/dev/stderr"
    mount -t tmpfs tmpfs "$root/dev/shm"
    mount -t tmpfs -o mode=755 tmpfs "$root/run"
    for pair in "$@"; do
        mkdir -p "$root${pair#*=}"
        mount --bind "${pair%%=*}" "$root${pair#*=}"
    done
}

# The number of its first process here.
init() {
    local unshare
    unshare=$(pid_of machine)
    grep -o '^[0-9]*' "/proc/$unshare/task/$unshare/children"
}

run() {
    nsenter --target "$(init)" --mount --uts --ipc --net --pid --cgroup --root --wd \
        env -i HOME=/root LANG=C.UTF-8 TERM=dumb PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin bash -c "$1"
}

# All of its processes go with the first one, and its parent ends when they have.
stop() {
    if is_running machine; then
        kill -KILL "$(init)" || true
        wait_until 10 stopped machine || end machine KILL
    fi
    [ -e "$MACHINE/cgroup-at" ] || return 0
    unshare --mount bash -euc '
        mount -t cgroup2 cgroup2 "$1"
        [ ! -d "$2" ] || find "$2" -depth -type d -exec rmdir {} \;' - "$MACHINE/cgroup" "$(cat "$MACHINE/cgroup-at")"
    rm "$MACHINE/cgroup-at"
}

remove() {
    ! mountpoint -q "$MACHINE/memory" || umount "$MACHINE/memory"
    rm -rf "$MACHINE"
}

main "$@"
