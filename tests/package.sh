#!/bin/bash
# The life of the Debian package in a clean root: install, guests up, upgrade, remove, purge; beside it lintian, the manual
# pages and what systemd says of the unit. Each thing that holds is a line "ok: ..."; the first that does not ends it.
#
#   bash tests/package.sh          as root; XENNET_BINARY names a published program, else it is published
set -euo pipefail
shopt -s inherit_errexit

cd "$(dirname "$(readlink -f "$0")")/.."
CACHE=${XENNET_RIG_CACHE:-/var/cache/xennet-rig}
WORK=/var/tmp/xennet-package-$$
ROOT=$WORK/root
NS=xnt-$$-package
PIDS=$WORK/pids
# shellcheck source=tests/rig/processes.sh
. tests/rig/processes.sh

main() {
    trap clean_up EXIT
    mkdir -p "$WORK"
    make_root
    build
    inspect
    make_filter
    install_it
    serve_guests
    upgrade
    remove
    purge
}

ok() { echo "ok: $*"; }

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

clean_up() {
    [ ! -d "$PIDS" ] || end_all
    [ ! -e "/run/netns/$NS" ] || ip netns del "$NS"
    ! mountpoint -q "$ROOT/proc" || umount "$ROOT/proc"
    rm -rf "$WORK"
}

# A Debian of the same release, made once.
make_root() {
    local made=$CACHE/package-root site codename
    codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
    if [ ! -e "$made/made" ]; then
        site=$(apt-get indextargets --format '$(SITE)' | grep -v security | head -n 1)
        rm -rf "$made"
        debootstrap --variant=minbase --include=nftables,iproute2,systemd-standalone-sysusers "$codename" "$made" "$site" \
            > "$WORK/debootstrap.log" 2>&1 || fail "debootstrap: $(tail -n 3 "$WORK/debootstrap.log")"
        touch "$made/made"
    fi
    cp -a "$made" "$ROOT"
    printf '#!/bin/sh\nexit 101\n' > "$ROOT/usr/sbin/policy-rc.d"
    chmod 755 "$ROOT/usr/sbin/policy-rc.d"
    mount -t proc proc "$ROOT/proc"
}

build() {
    bash debian/build.sh > "$WORK/build.log" 2>&1 || fail "build.sh: $(tail -n 5 "$WORK/build.log")"
    cp artifacts/deb/xennet_0.1.0_*.deb "$ROOT/"
    ok "one command builds the package"
    # The next release, which differs in nothing else.
    dpkg-deb -R "$ROOT"/xennet_0.1.0_*.deb "$WORK/next"
    sed -i 's/^Version: .*/Version: 0.2.0/' "$WORK/next/DEBIAN/control"
    dpkg-deb --root-owner-group -Znone -b "$WORK/next" "$ROOT/xennet_0.2.0_$(dpkg --print-architecture).deb" > /dev/null
}

inspect() {
    local complaints exposure
    complaints=$(lintian --allow-root --fail-on error "$ROOT"/xennet_0.1.0_*.deb 2>&1 | grep -E '^[EW]:' || true)
    [ -z "$complaints" ] || fail "lintian: $complaints"
    ok "lintian has no errors and no warnings"
    dpkg-deb -x "$ROOT"/xennet_0.1.0_*.deb "$WORK/unpacked"
    for page in man8/xennet.8 man5/xennet.toml.5; do
        [ -z "$(zcat "$WORK/unpacked/usr/share/man/$page.gz" | LC_ALL=C.UTF-8 groff -man -Tutf8 -ww -Wbreak 2>&1 > /dev/null)" ] \
            || fail "groff complains about $page"
    done
    ok "the manual pages are sound"
    for shell in bash-completion/completions/xennet zsh/vendor-completions/_xennet; do
        grep -q 'complete -' "$WORK/unpacked/usr/share/$shell" || fail "no completion in /usr/share/$shell"
    done
    mkdir -p "$WORK/unpacked/etc/systemd/system"
    for unit in xennet.service xennet-xenstore.service; do
        exposure=$(tests/rig/analyze.sh security --offline=true --root="$WORK/unpacked" --no-pager $unit | sed -n 's/.*Overall exposure level for .*: \([0-9.]*\) .*/\1/p')
        awk -v exposure="$exposure" 'BEGIN { exit !(exposure != "" && exposure < 2.0) }' || fail "$unit: exposure $exposure"
        ok "systemd's exposure level for $unit is $exposure"
    done
}

# confined, in the root, and the unit's system calls for it.
make_filter() {
    python3 tests/rig/unit-filter.py tests/rig/analyze.sh samples/systemd/xennet.service > "$ROOT/tmp/calls"
    [ "$(wc -l < "$ROOT/tmp/calls")" -gt 200 ] && ! grep -qx setuid "$ROOT/tmp/calls" || fail "the unit's filter cannot be read"
    gcc -O2 -Wall -static -o "$ROOT/tmp/confined" tests/rig/confined.c -lseccomp
}

inside() { chroot "$ROOT" "$@"; }

dpkg_inside() { inside env DEBIAN_FRONTEND=noninteractive dpkg "$@" > "$WORK/dpkg.log" 2>&1 || fail "dpkg $*: $(tail -n 5 "$WORK/dpkg.log")"; }

install_it() {
    dpkg_inside -i "/$(basename "$ROOT"/xennet_0.1.0_*.deb)"
    inside getent passwd xennet > /dev/null || fail "there is no user xennet"
    [ "$(readlink "$ROOT/etc/xen/scripts/vif-nat-dns")" = /usr/sbin/xennet ] || fail "the hook has no link"
    local unit
    for unit in multi-user.target.wants/xennet.service sockets.target.wants/xennet.socket sockets.target.wants/xennet-xenstore.socket; do
        [ -L "$ROOT/etc/systemd/system/$unit" ] || fail "$unit is not enabled"
    done
    inside xennet check > /dev/null || fail "the default configuration is not sound"
    ok "it installs: user, links, units, a sound configuration"
}

# As the unit starts it, but for systemd: the user, three capabilities, the system call filter, the directories.
start() {
    install -d -o "$(inside id -u xennet)" -g "$(inside id -g xennet)" -m 700 "$ROOT/var/lib/xennet"
    install -d -o "$(inside id -u xennet)" -g "$(inside id -g xennet)" -m 755 "$ROOT/run/xennet"
    local caps=-all,+net_admin,+net_raw,+net_bind_service
    launch xennet "$WORK/xennet.log" ip netns exec "$NS" chroot "$ROOT" setpriv --reuid=xennet --regid=xennet --clear-groups \
        --bounding-set=$caps --inh-caps=$caps --ambient-caps=$caps --no-new-privs /tmp/confined /tmp/calls /usr/sbin/xennet serve
    wait_until 10 xennet status || fail "it is not up: $(tail -n 3 "$WORK/xennet.log")"
}

xennet() { ip netns exec "$NS" chroot "$ROOT" xennet "$@"; }

guest_is_served() {
    [ "$(xennet machine list --json | jq -c '[.[] | select(.name == "ce") | [.number, .interfaces[0].vif]]')" = '[[1,"v1"]]' ] \
        || fail "$1: $(xennet machine list)"
    [ "$(ip netns exec "$NS" dig +short @127.0.0.1 ce.testbed)" = 10.0.1.1 ] || fail "$1: ce has no name"
    ip -n "$NS" -4 route show 10.0.1.1 | grep -q v1 || fail "$1: the guest's route is gone"
}

serve_guests() {
    ip netns add "$NS"
    ip -n "$NS" link set lo up
    ip -n "$NS" link add v1 type veth peer name g1
    start
    xennet vif attach ce v1 00:16:3e:00:00:01 > /dev/null
    guest_is_served "after the start"
    grep -q '^Seccomp:.*2$' "/proc/$(pid_of xennet)/status" || fail "it runs without the filter"
    [ "$(sed -n 's/^CapEff:[[:space:]]*//p' "/proc/$(pid_of xennet)/status")" = 0000000000003400 ] || fail "it has other powers"
    ok "it serves a guest as its own user, with three capabilities and under the unit's system call filter"

    ! setpriv --reuid=nobody --clear-groups curl -s --unix-socket "$ROOT/run/xennet/control.sock" http://x/v1/status \
        || fail "another user may ask it"
    ok "another user is refused at the control socket"

    strace -f -qq -e trace=execve,execveat -o "$WORK/execs" -p "$(pid_of xennet)" 2> "$WORK/strace.log" &
    local tracer=$! number
    wait_until 5 is_traced || fail "strace: $(cat "$WORK/strace.log")"
    for number in 2 3 4; do
        ip -n "$NS" link add "v$number" type veth peer name "g$number"
        xennet vif attach "vm$number" "v$number" "00:16:3e:00:00:0$number" > /dev/null
        ip netns exec "$NS" dig +short +tries=1 +time=1 @127.0.0.1 "vm$number.testbed" "www$number.example.org" > /dev/null || true
        xennet vif detach "v$number" > /dev/null
    done
    echo '[zone]' >> "$ROOT/etc/xennet/xennet.toml"
    echo 'ttl = 30' >> "$ROOT/etc/xennet/xennet.toml"
    xennet reload > /dev/null
    kill $tracer
    wait $tracer || true
    [ ! -s "$WORK/execs" ] || fail "it started programs: $(head -n 3 "$WORK/execs")"
    ok "guests that come and go, queries and a reload start no program"
}

is_traced() { ! grep -q '^TracerPid:.*[[:space:]]0$' "/proc/$(pid_of xennet)/status"; }

upgrade() {
    dpkg_inside --force-confold -i "/$(basename "$ROOT"/xennet_0.2.0_*.deb)"
    guest_is_served "after the upgrade, before the restart"
    end xennet
    start
    guest_is_served "after the upgrade"
    ok "it is upgraded and loses neither registry nor guest"
}

remove() {
    dpkg_inside -r xennet
    end xennet
    [ ! -e "$ROOT/usr/sbin/xennet" ] && [ ! -e "$ROOT/etc/xen/scripts/vif-nat-dns" ] || fail "something is left"
    [ -e "$ROOT/etc/xennet/xennet.toml" ] && [ -e "$ROOT/var/lib/xennet/registry.db" ] || fail "configuration or registry are gone"
    ip -n "$NS" -4 route show 10.0.1.1 | grep -q v1 || fail "the guest lost its route"
    ok "it is removed; configuration, registry and the running guest stay"
}

purge() {
    dpkg_inside -P xennet
    local left
    left=$(find "$ROOT/etc" "$ROOT/var/lib" "$ROOT/usr" "$ROOT/lib/systemd" -path "$ROOT/var/lib/dpkg" -prune -o -name '*xennet*' -print)
    [ -z "$left" ] || fail "left behind: $left"
    ok "it is purged without a trace"
}

main "$@"
