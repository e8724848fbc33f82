#!/bin/bash
# The life of the Debian package on a machine of its own with systemd: install, guests up, upgrade, remove, purge; beside it
# lintian, the manual pages and what systemd says of the unit. Each thing that holds is a line "ok: ..."; the first that does not
# ends it.
#
#   bash tests/package.sh          as root; XENNET_BINARY names a published program, else it is published
set -euo pipefail
shopt -s inherit_errexit

cd "$(dirname "$(readlink -f "$0")")/.."
WORK=/var/tmp/xennet-package-$$
NS=xnt-$$-package
export MACHINE=$WORK/xnt-$$-package-machine
PIDS=$WORK/pids
# shellcheck source=tests/rig/processes.sh
. tests/rig/processes.sh

main() {
    trap clean_up EXIT
    mkdir -p "$WORK/debs"
    build
    inspect
    start_machine
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
    [ ! -d "$MACHINE" ] || machine remove
    [ ! -e "/run/netns/$NS" ] || ip netns del "$NS"
    rm -rf "$WORK"
}

machine() { bash tests/rig/machine.sh "$@"; }

inside() { machine run "$*"; }

start_machine() {
    machine root
    ip netns add "$NS"
    ip -n "$NS" link set lo up
    machine start "$NS" "$WORK/debs=/debs"
}

build() {
    bash debian/build.sh > "$WORK/build.log" 2>&1 || fail "build.sh: $(tail -n 5 "$WORK/build.log")"
    cp artifacts/deb/xennet_0.1.0_*.deb "$WORK/debs/0.1.0.deb"
    ok "one command builds the package"
    # The next release, which differs in nothing else.
    dpkg-deb -R "$WORK/debs/0.1.0.deb" "$WORK/next"
    sed -i 's/^Version: .*/Version: 0.2.0/' "$WORK/next/DEBIAN/control"
    dpkg-deb --root-owner-group -Znone -b "$WORK/next" "$WORK/debs/0.2.0.deb" > /dev/null
}

inspect() {
    local complaints exposure
    complaints=$(lintian --allow-root --fail-on error artifacts/deb/xennet_0.1.0_*.deb 2>&1 | grep -E '^[EW]:' || true)
    [ -z "$complaints" ] || fail "lintian: $complaints"
    ok "lintian has no errors and no warnings"
    dpkg-deb -x "$WORK/debs/0.1.0.deb" "$WORK/unpacked"
    for page in man8/xennet.8 man5/xennet.toml.5; do
        [ -z "$(zcat "$WORK/unpacked/usr/share/man/$page.gz" | LC_ALL=C.UTF-8 groff -man -Tutf8 -ww -Wbreak 2>&1 > /dev/null)" ] \
            || fail "groff complains about $page"
    done
    ok "the manual pages are sound"
    for shell in bash-completion/completions/xennet zsh/vendor-completions/_xennet; do
        grep -q 'complete -' "$WORK/unpacked/usr/share/$shell" || fail "no completion in /usr/share/$shell"
    done
}

dpkg_inside() {
    inside "DEBIAN_FRONTEND=noninteractive dpkg $*" > "$WORK/dpkg.log" 2>&1 || fail "dpkg $*: $(tail -n 5 "$WORK/dpkg.log")"
}

install_it() {
    dpkg_inside -i /debs/0.1.0.deb
    inside getent passwd xennet > /dev/null || fail "there is no user xennet"
    [ "$(inside readlink /etc/xen/scripts/vif-nat-dns)" = /usr/sbin/xennet ] || fail "the hook has no link"
    [ "$(inside systemctl is-enabled xennet xennet.socket xennet-xenstore.socket | sort -u)" = enabled ] || fail "a unit is not enabled"
    [ "$(inside systemctl is-active xennet xennet.socket xennet-xenstore.socket | sort -u)" = active ] || fail "a unit is not active"
    inside xennet check > /dev/null || fail "the default configuration is not sound"
    ok "it installs: user, links, units that have started, a sound configuration"

    local unit exposure
    for unit in xennet.service xennet-xenstore.service; do
        exposure=$(inside systemd-analyze security --no-pager $unit | sed -n 's/.*Overall exposure level for .*: \([0-9.]*\) .*/\1/p')
        awk -v exposure="$exposure" 'BEGIN { exit !(exposure != "" && exposure < 2.0) }' || fail "$unit: exposure $exposure"
        ok "systemd's exposure level for $unit is $exposure"
    done
}

xennet() { inside xennet "$@"; }

# A line of /proc/PID/status of the daemon.
status_of_daemon() { inside "sed -n 's/^$1:[[:space:]]*//p' /proc/\$(pidof xennet)/status"; }

# The daemon's number here.
daemon() {
    local process inside_of
    inside_of=$(readlink "/proc/$(machine init)/ns/pid")
    for process in /proc/[0-9]*; do
        [ "$(readlink "$process/ns/pid" 2> /dev/null)" != "$inside_of" ] || [ "$(cat "$process/comm" 2> /dev/null)" != xennet ] \
            || echo "${process#/proc/}"
    done
}

guest_is_served() {
    [ "$(xennet machine list --json | jq -c '[.[] | select(.name == "ce") | [.number, .interfaces[0].vif]]')" = '[[1,"v1"]]' ] \
        || fail "$1: $(xennet machine list)"
    [ "$(ip netns exec "$NS" dig +short @127.0.0.1 ce.testbed)" = 10.0.1.1 ] || fail "$1: ce has no name"
    ip -n "$NS" -4 route show 10.0.1.1 | grep -q v1 || fail "$1: the guest's route is gone"
}

serve_guests() {
    ip -n "$NS" link add v1 type veth peer name g1
    xennet vif attach ce v1 00:16:3e:00:00:01 > /dev/null
    guest_is_served "after the start"
    [ "$(status_of_daemon Seccomp)" = 2 ] || fail "it runs without the filter"
    [ "$(status_of_daemon CapEff) $(status_of_daemon CapBnd)" = "0000000000003400 0000000000003400" ] || fail "it has other powers"
    ok "it serves a guest as its own user, with three capabilities and under the unit's system call filter"

    ! inside setpriv --reuid=nobody --clear-groups curl -s --unix-socket /run/xennet/control.sock http://x/v1/status \
        || fail "another user may ask it"
    ok "another user is refused at the control socket"

    local traced tracer number
    traced=$(daemon)
    strace -f -qq -e trace=execve,execveat -o "$WORK/execs" -p "$traced" 2> "$WORK/strace.log" &
    tracer=$!
    wait_until 5 is_traced "$traced" || fail "strace: $(cat "$WORK/strace.log")"
    for number in 2 3 4; do
        ip -n "$NS" link add "v$number" type veth peer name "g$number"
        xennet vif attach "vm$number" "v$number" "00:16:3e:00:00:0$number" > /dev/null
        ip netns exec "$NS" dig +short +tries=1 +time=1 @127.0.0.1 "vm$number.testbed" "www$number.example.org" > /dev/null || true
        xennet vif detach "v$number" > /dev/null
    done
    inside "printf '[zone]\nttl = 30\n' >> /etc/xennet/xennet.toml && xennet reload" > /dev/null
    kill $tracer
    wait $tracer || true
    [ ! -s "$WORK/execs" ] || fail "it started programs: $(head -n 3 "$WORK/execs")"
    ok "guests that come and go, queries and a reload start no program"
}

is_traced() { ! grep -q '^TracerPid:.*[[:space:]]0$' "/proc/$1/status"; }

upgrade() {
    local before
    before=$(daemon)
    dpkg_inside --force-confold -i /debs/0.2.0.deb
    [ "$(daemon)" != "$before" ] || fail "the old daemon still runs"
    guest_is_served "after the upgrade"
    ok "it is upgraded, has started anew and loses neither registry nor guest"
}

remove() {
    dpkg_inside -r xennet
    [ -z "$(daemon)" ] || fail "the daemon still runs"
    ! inside test -e /usr/sbin/xennet -o -e /etc/xen/scripts/vif-nat-dns || fail "something is left"
    inside test -e /etc/xennet/xennet.toml -a -e /var/lib/xennet/registry.db || fail "configuration or registry are gone"
    ip -n "$NS" -4 route show 10.0.1.1 | grep -q v1 || fail "the guest lost its route"
    ok "it is removed; configuration, registry and the running guest stay"
}

purge() {
    dpkg_inside -P xennet
    local left
    left=$(inside "find /etc /usr /var /run -path /var/lib/dpkg -prune -o -path /var/log -prune -o -path /run/systemd -prune \
        -o -name '*xennet*' -print")
    [ -z "$left" ] || fail "left behind: $left"
    ok "it is purged without a trace"
}

main "$@"
