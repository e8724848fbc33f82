#!/bin/bash
# Installs what the tests and the first run need on a fresh Debian 12 (with the .NET 10 SDK), and checks that the
# kernel can do it. Only what is missing is installed, and nothing installed is started: a second call changes nothing.
#
#   install.sh          for tests/run.sh and samples/first-run.sh
#   install.sh bench    also for benchmarks/peers/
set -euo pipefail

TOOLS="iproute2 nftables procps iputils-ping tcpdump strace curl jq sqlite3 python3
       isc-dhcp-client udhcpc nmap bind9-dnsutils bind9-host knot knot-dnsutils knot-dnssecutils ldnsutils busybox nsd dnsmasq-base
       atftp tftp-hpa
       gcc libc6-dev musl-tools zlib1g-dev libsqlite3-dev
       zsh bsdutils
       debhelper lintian debootstrap groff-base libseccomp-dev
       qemu-system-x86 ipxe-qemu ovmf"
# Installed, systemd-resolved would take over this machine's resolv.conf, and the others its interfaces.
UNPACKED="systemd-resolved systemd libsystemd-shared libip4tc2 libkmod2 dhcpcd-base
          network-manager libnm0 libbluetooth3 libcurl3-gnutls libglib2.0-0 libjansson4 libmm-glib0 libndp0 libteamdctl0
          firewalld python3-firewall python3-nftables python3-dbus python3-gi libgirepository-1.0-1 gir1.2-glib-2.0"
# Of that promtool is used.
PROMETHEUS="prometheus"
# Says whether the OpenAPI document is one.
NPM="@seriousme/openapi-schema-validator@2.11.0"
CACHE=${XENNET_RIG_CACHE:-/var/cache/xennet-rig}
PEERS="tftpd-hpa dnsperf unbound knot net-tools kea-admin kea-dhcp4-server"

main() {
    [ "$(id -u)" = 0 ] || fail "run it as root"
    packages "$TOOLS"
    # It takes as long as all the rest.
    bash "$(dirname "$(readlink -f "$0")")/machine.sh" root > /dev/null &
    local machine=$!
    unpack clients "$UNPACKED"
    unpack prometheus "$PROMETHEUS"
    npm_packages
    [ "${1:-}" != bench ] || packages "$PEERS"
    dotnet_sdk
    kernel
    wait $machine || fail "there is no Debian to start beside this one"
}

fail() {
    echo "install.sh: $*" >&2
    exit 1
}

packages() {
    local wanted=$1 missing
    # shellcheck disable=SC2086
    missing=$(comm -23 <(printf '%s\n' $wanted | sort) \
        <(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' $wanted 2> /dev/null | awk '$1 == "ii" { print $2 }' | sort))
    [ -n "$missing" ] || return 0
    # shellcheck disable=SC2086
    echo "installing" $missing
    hold_services
    # shellcheck disable=SC2086
    apt_get install --no-install-recommends $missing || { apt_get update && apt_get install --no-install-recommends $missing; } \
        || fail "apt-get could not install:" $missing
    release_services
}

apt_get() {
    DEBIAN_FRONTEND=noninteractive apt-get -y -qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=120 "$@" < /dev/null > /dev/null
}

# For tests that run them from where they lie; no maintainer script runs, and /etc stays as it is.
unpack() {
    local root=$CACHE/$1 debs=$CACHE/$1-debs wanted=$2 package
    # An earlier list may have been shorter.
    [ "$(cat "$root/list" 2> /dev/null)" != "$wanted" ] || return 0
    rm -rf "$root.new" "$root.old" "$debs"
    mkdir -p "$root.new" "$debs"
    # shellcheck disable=SC2086
    (cd "$debs" && { apt-get download -qq $wanted || { apt-get update -qq && apt-get download -qq $wanted; }; } > log 2>&1) \
        || fail "apt-get could not download $wanted: $(grep -m1 '^E:' "$debs/log")"
    for package in "$debs"/*.deb; do
        dpkg -x "$package" "$root.new"
    done
    echo "$wanted" > "$root.new/list"
    [ ! -d "$root" ] || mv "$root" "$root.old"
    mv "$root.new" "$root"
    rm -rf "$root.old"
}

# Beside Debian's nodejs, whatever brought it, npm is a package of its own.
npm_packages() {
    local root=$CACHE/npm
    command -v node > /dev/null || packages nodejs
    command -v npm > /dev/null || packages npm
    [ "$(cat "$root/list" 2> /dev/null)" != "$NPM" ] || return 0
    rm -rf "$root"
    mkdir -p "$root"
    # shellcheck disable=SC2086
    (cd "$root" && npm install --no-audit --no-fund --no-save $NPM > log 2>&1) || fail "npm could not install $NPM: $(tail -1 "$root/log")"
    echo "$NPM" > "$root/list"
}

# knot, nsd and unbound would be started by their packages. invoke-rc.d asks this file first: 101 says "no".
hold_services() {
    [ ! -e /usr/sbin/policy-rc.d ] || return 0
    printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d
    chmod 755 /usr/sbin/policy-rc.d
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
}

release_services() {
    [ -z "$(trap -p EXIT)" ] || rm -f /usr/sbin/policy-rc.d
    trap - EXIT
}

dotnet_sdk() {
    dotnet --list-sdks 2> /dev/null | grep -q '^10\.' || fail "the .NET 10 SDK is missing (dotnet --list-sdks shows none)"
}

# What a kernel built without it would refuse in the middle of a test, tried in a namespace of its own.
kernel() {
    local ns=xennet-check-$$ missing=()
    ip netns add "$ns" || fail "network namespaces do not work here"
    try() {
        local what=$1
        shift
        ip netns exec "$ns" "$@" > /dev/null 2>&1 || missing+=("$what")
    }
    try "veth interfaces" ip link add check0 type veth peer name check1
    try "IPv4 forwarding" sysctl -q -w net.ipv4.ip_forward=1
    try "nftables" nft add table ip t
    try "nftables: NAT and masquerade" nft -f - <<'EOF'
table ip n {
    chain c {
        type nat hook postrouting priority srcnat
        oifname "check0" masquerade
    }
}
EOF
    try "nftables: sets of interface and address" nft -f - <<'EOF'
table inet f {
    set s {
        type ifname . ipv4_addr
    }
    chain c {
        type filter hook forward priority filter
        iifname . ip saddr @s ct state established accept
    }
}
EOF
    try "packet sockets" python3 -c 'import socket; socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0).bind(("lo", 0))'
    ip netns del "$ns"
    [ ${#missing[@]} = 0 ] || fail "this kernel lacks: $(printf '%s; ' "${missing[@]}")the host tests and the first run need them"
}

main "$@"
