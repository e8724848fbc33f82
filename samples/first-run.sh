#!/bin/bash
# The whole loop on this machine, with nothing pretended but the hypervisor: a Dom0, two guests and the outside
# world are network namespaces; xenstored, the DHCP clients, their Debian scripts, dig, getent and ping are real.
#
#   bash samples/first-run.sh
#
# Debian 12, the .NET 10 SDK, root; XENNET_BINARY names a published program, else it is published. Prints each step and
# what it saw; stops with exit 1 at the first thing that is wrong. Everything it makes is called xnfr-* or lies in
# /run/xennet-first-run, and is removed at the end; what a killed run left behind is removed at the start.
set -eEuo pipefail

HOME_DIR=$(dirname "$(dirname "$(readlink -f "$0")")")
WORK=/run/xennet-first-run
XENNET=${XENNET_BINARY:-$HOME_DIR/artifacts/bin/xennet}
HOOK=$WORK/vif-nat-dns

export RIG=$WORK/rig PREFIX=xnfr DOM0=xnfr-dom0
export XENNET_SOCKET=$WORK/run/control.sock
OUTSIDE=xnfr-outside
export PIDS=$WORK/pids

# shellcheck source=tests/rig/processes.sh
. "$HOME_DIR/tests/rig/processes.sh"

# Addresses for documentation (RFC 5737) play the outside world.
UPLINK=192.0.2.2
GATEWAY=192.0.2.1        # also the outside's name server
WWW=198.51.100.80        # www.example.org

main() {
    claim
    bash "$HOME_DIR/tests/rig/install.sh"
    remove_everything
    publish
    build_the_world
    start_xennet
    start_ce
    start_web
    ask_names
    ping_around
    list
    restart_ce
    step "All of it works."
}

# ---- saying and checking --------------------------------------------------------------------------------------

step() { printf '\n== %s\n' "$*"; }
saw() { printf '   %s\n' "$*"; }

wrong() {
    printf 'WRONG: %s\n' "$*" >&2
    exit 1
}

# same WHAT WANTED GOT
same() {
    [ "$2" = "$3" ] || wrong "$1 is '$3', should be '$2'"
    saw "$1: $3"
}

# One first run at a time: the pid file of this one, in which a killed run's number counts for nothing.
claim() {
    local start
    if PIDS=/run is_running xennet-first-run; then
        wrong "another first run is under way (process $(PIDS=/run pid_of xennet-first-run))"
    fi
    read -r _ start <<< "$(state_and_start $$)"
    echo "$$ $start" > /run/xennet-first-run.pid
    trap 'echo "WRONG: line $LINENO: $BASH_COMMAND" >&2' ERR
    trap clean_up EXIT
}

# ---- the world ------------------------------------------------------------------------------------------------

rig() { bash "$HOME_DIR/tests/rig/xen-rig.sh" "$@"; }
on_dom0() { ip netns exec "$DOM0" "$@"; }
outside() { ip netns exec "$OUTSIDE" "$@"; }

# A guest has its own /etc and host name, so that Debian's DHCP scripts can do to it what they do to a guest.
# The host name is a lie on purpose: what a guest calls itself in DHCP must not become its name.
# The tool that would carry its resolv.conf to this machine's resolver is hidden.
# shellcheck disable=SC2016
guest_command() {
    guest=(ip netns exec "xnfr-guest-$1" unshare --mount --uts sh -c '
        hostname somebody-else
        mount --bind "$1" /etc
        ! [ -x /sbin/resolvconf ] || mount --bind /dev/null /sbin/resolvconf
        shift
        exec "$@"' sh "$WORK/etc-$1")
}

in_guest() {
    local guest
    guest_command "$1"
    shift
    "${guest[@]}" "$@"
}

guest_files() {
    local etc=$WORK/etc-$1 file
    mkdir -p "$etc"
    for file in passwd group protocols services host.conf ld.so.cache alternatives iproute2 dhcp udhcpc; do
        ! [ -e "/etc/$file" ] || cp -a "/etc/$file" "$etc/"
    done
    echo "hosts: files dns" > "$etc/nsswitch.conf"
    echo "127.0.0.1 localhost" > "$etc/hosts"
    : > "$etc/resolv.conf"
    : > "$etc/fstab"
}

publish() {
    step "Publish the program: dotnet publish src/XenNet.Cli -c Release -r linux-x64 -o artifacts/bin"
    [ -n "${XENNET_BINARY:-}" ] \
        || (cd "$HOME_DIR" && dotnet publish src/XenNet.Cli -c Release -r linux-x64 -o artifacts/bin -v quiet -nologo) \
        || wrong "the publish failed"
    saw "$("$XENNET" --version) ($(stat -c %s "$XENNET") octets)"
}

build_the_world() {
    step "A real xenstored, a Dom0 ($DOM0) and behind its uplink the outside ($OUTSIDE)"
    mkdir -p "$WORK/bin" "$WORK/outside"
    # A copy, because Debian's AppArmor profile holds the original to the host's own paths.
    cp /usr/sbin/dhclient "$WORK/bin/"
    saw "$(rig start)"
    ip netns add "$OUTSIDE"
    ip -n "$OUTSIDE" link set lo up
    ip -n "$DOM0" link add uplink0 type veth peer name port0 netns "$OUTSIDE"
    ip -n "$DOM0" address add "$UPLINK/24" dev uplink0
    ip -n "$DOM0" link set uplink0 up
    ip -n "$OUTSIDE" address add "$GATEWAY/24" dev port0
    ip -n "$OUTSIDE" address add "$WWW/32" dev lo
    ip -n "$OUTSIDE" link set port0 up
    ip -n "$DOM0" route add default via "$GATEWAY"
    outside ip route get 10.0.1.1 > /dev/null 2>&1 && wrong "the outside has a route to the guests, which would prove nothing"
    saw "outside: $GATEWAY and $WWW, without any route to 10.0.0.0/8"

    start_outside_name_server

    # What a Dom0 that uses xennet has: itself as resolver, and the zone to search.
    mkdir -p "/etc/netns/$DOM0"
    printf 'nameserver 127.0.0.1\nsearch testbed\n' > "/etc/netns/$DOM0/resolv.conf"
    echo "hosts: files dns" > "/etc/netns/$DOM0/nsswitch.conf"
    echo "127.0.0.1 localhost" > "/etc/netns/$DOM0/hosts"
}

start_outside_name_server() {
    cat > "$WORK/outside/example.org.zone" <<EOF
\$ORIGIN example.org.
\$TTL 300
@    SOA ns hostmaster 1 3600 600 86400 60
@    NS  ns
ns   A   $GATEWAY
www  A   $WWW
EOF
    cat > "$WORK/outside/knot.conf" <<EOF
server:
    rundir: $WORK/outside
    listen: $GATEWAY@53
database:
    storage: $WORK/outside
log:
  - target: stderr
    any: warning
zone:
  - domain: example.org
    file: $WORK/outside/example.org.zone
EOF
    launch knotd "$WORK/outside/log" ip netns exec "$OUTSIDE" knotd -c "$WORK/outside/knot.conf"
    wait_until 10 outside_answers || wrong "the outside's name server does not answer: $(tail -n 3 "$WORK/outside/log")"
    saw "the outside's name server: www.example.org is $(outside dig +short @$GATEWAY www.example.org)"
}

outside_answers() {
    [ "$(outside dig +short +time=1 +tries=1 @$GATEWAY www.example.org)" = "$WWW" ]
}

start_xennet() {
    step "xennet serve"
    cat > "$WORK/xennet.toml" <<EOF
state-dir = "$WORK/state"
run-dir = "$WORK/run"

[dns]
upstreams = ["$GATEWAY"]

[xen]
xenstore = "$RIG/run/socket"
EOF
    sed 's/^/   | /' "$WORK/xennet.toml"
    launch xennet "$WORK/xennet.log" ip netns exec "$DOM0" "$XENNET" serve --config "$WORK/xennet.toml"
    wait_until 10 on_dom0 "$XENNET" status || wrong "xennet is not up within 10 s"
    # As on a Dom0: libxl calls the hook by a name in /etc/xen/scripts.
    ln -s "$XENNET" "$HOOK"
    on_dom0 "$XENNET" status | sed 's/^/   /'
}

# ---- guests ---------------------------------------------------------------------------------------------------

hook() {
    local verb=$1 domid=$2 devid=$3 result
    result=$(rig hook "$HOOK" "$verb" "$domid" "$devid") || wrong "hook $verb vif$domid.$devid: $result"
    saw "hook $verb vif$domid.$devid: $result"
    [ "$verb" = offline ] || [[ $result == *"status='connected'"* ]] || wrong "hotplug-status is not 'connected'"
}

interface() {
    in_guest "$1" ip -4 -o address show dev "$2" scope global | awk '{ print $4 }'
}

default_route() { in_guest "$1" ip route show default | head -n 1 | sed 's/ *$//'; }

name_server() { awk '$1 == "nameserver" { print $2; exit }' "$WORK/etc-$1/resolv.conf"; }

# logged CLIENT PATTERN: waits for the line, but not longer than the client lives
logged() {
    wait_until 30 logged_or_ended "$@" && grep -q "$2" "$WORK/$1.log"
}

logged_or_ended() { grep -q "$2" "$WORK/$1.log" || stopped "$1"; }

# dhclient as Debian's ifupdown calls it: one for each interface. It stays, to renew.
lease_by_dhclient() {
    local domid=$1 device=$2 name=dhclient-$1-$2 guest
    guest_command "$domid"
    launch "$name" "$WORK/$name.log" "${guest[@]}" "$WORK/bin/dhclient" -4 -d -v \
        -sf /sbin/dhclient-script -pf "$WORK/$name.real-pid" -lf "$WORK/$name.leases" "$device"
    logged "$name" '^bound to' || wrong "dhclient has no lease: $(tail -n 3 "$WORK/$name.log")"
    saw "$(grep '^DHCPACK' "$WORK/$name.log" | tail -n 1)"
}

lease_by_udhcpc() {
    local domid=$1 device=$2 name=udhcpc-$1-$2 guest
    guest_command "$domid"
    launch "$name" "$WORK/$name.log" "${guest[@]}" udhcpc -f -i "$device" -t 5 -T 1 -n -x hostname:somebody-else \
        -p "$WORK/$name.real-pid"
    logged "$name" 'lease of' || wrong "udhcpc has no lease: $(tail -n 3 "$WORK/$name.log")"
    wait_until 5 grep -q nameserver "$WORK/etc-$domid/resolv.conf" || wrong "udhcpc's script wrote no resolv.conf"
    saw "$(grep 'lease of' "$WORK/$name.log" | tail -n 1)"
}

start_ce() {
    step "Guest ce starts: domain 5, two interfaces, dhclient"
    guest_files 5
    rig vif 5 0 ce 00:16:3e:00:05:00
    rig vif 5 1 ce 00:16:3e:00:05:01
    hook online 5 0
    hook online 5 1
    lease_by_dhclient 5 eth0
    same "ce eth0" 10.0.1.1/24 "$(interface 5 eth0)"
    same "ce name server" 10.0.1.129 "$(name_server 5)"
    lease_by_dhclient 5 eth1
    same "ce eth1" 10.0.1.2/32 "$(interface 5 eth1)"
    same "ce name server" 10.0.1.130 "$(name_server 5)"
    same "ce default route" "default via 10.0.1.129 dev eth0" "$(default_route 5)"
}

start_web() {
    step "Guest web starts: domain 6, one interface, udhcpc"
    guest_files 6
    rig vif 6 0 web 00:16:3e:00:06:00
    hook online 6 0
    lease_by_udhcpc 6 eth0
    same "web eth0" 10.0.2.1/24 "$(interface 6 eth0)"
    same "web default route" "default via 10.0.2.129 dev eth0" "$(default_route 6)"
    same "web name server" 10.0.2.129 "$(name_server 6)"
}

# ---- names ----------------------------------------------------------------------------------------------------

dig_in() { in_guest "$1" dig +time=3 +tries=2 "${@:2}"; }

status_of() { sed -n 's/.*status: \([A-Z]*\),.*/\1/p'; }

ask_names() {
    step "Names, asked by guest web with dig"
    same "ce.testbed" 10.0.1.1 "$(dig_in 6 +short ce.testbed)"
    same "eth1.ce.testbed" 10.0.1.2 "$(dig_in 6 +short eth1.ce.testbed)"
    same "vif1.ce.testbed" 10.0.1.130 "$(dig_in 6 +short vif1.ce.testbed)"
    same "ce" 10.0.1.1 "$(dig_in 6 +short ce)"
    same "ce.testbed by TCP" 10.0.1.1 "$(dig_in 6 +short +tcp ce.testbed)"
    same "ns.testbed" 10.0.2.129 "$(dig_in 6 +short ns.testbed)"
    same "-x 10.0.1.1" ce.testbed. "$(dig_in 6 +short -x 10.0.1.1)"
    same "-x 10.0.1.2" eth1.ce.testbed. "$(dig_in 6 +short -x 10.0.1.2)"
    same "www.example.org, forwarded" "$WWW" "$(dig_in 6 +short www.example.org)"
    same "nowhere.testbed" NXDOMAIN "$(dig_in 6 nowhere.testbed | status_of)"
    same "somebody-else.testbed, what guests call themselves" NXDOMAIN "$(dig_in 6 somebody-else.testbed | status_of)"
    same "AAAA ce.testbed" "NOERROR 0" "$(dig_in 6 AAAA ce.testbed | sed -n 's/.*status: \([A-Z]*\),.*/\1/p; s/.*ANSWER: \([0-9]*\),.*/\1/p' | paste -sd ' ')"

    step "Names, on Dom0"
    same "getent hosts ce" "10.0.1.1 ce.testbed" "$(on_dom0 getent hosts ce | tr -s ' ')"
    same "getent hosts web.testbed" "10.0.2.1 web.testbed" "$(on_dom0 getent hosts web.testbed | tr -s ' ')"
    same "getent hosts 10.0.1.1" "10.0.1.1 ce.testbed" "$(on_dom0 getent hosts 10.0.1.1 | tr -s ' ')"
    same "getent hosts www.example.org" "$WWW www.example.org" "$(on_dom0 getent hosts www.example.org | tr -s ' ')"
}

# ---- traffic --------------------------------------------------------------------------------------------------

# reaches WHO DOMID ADDRESS [PING OPTION]...
reaches() {
    local who=$1 domid=$2 address=$3 seen
    shift 3
    seen=$(in_guest "$domid" ping -n -c 2 -i 0.2 -W 2 "$@" "$address") || wrong "$who: no answer from $address"
    saw "$who: $(grep received <<< "$seen" | cut -d , -f 1,2)"
}

ping_around() {
    step "Traffic"
    reaches "web to ce eth0" 6 10.0.1.1
    reaches "web to ce eth1" 6 10.0.1.2
    reaches "ce eth0 to web" 5 10.0.2.1 -I 10.0.1.1
    reaches "ce eth1 to web" 5 10.0.2.1 -I 10.0.1.2
    reaches "ce to its Dom0 end" 5 10.0.1.129
    reaches "ce to the outside, by NAT" 5 "$WWW"
    reaches "web to the outside, by NAT" 6 "$WWW"
    same "a name asked of the outside by web itself, by NAT" "$WWW" "$(dig_in 6 +short "@$GATEWAY" www.example.org)"
}

# ---- what xennet says -----------------------------------------------------------------------------------------

xennet() { on_dom0 "$XENNET" "$@"; }

vifs() { xennet vif list --json | jq -r 'sort_by(.address)[] | "\(.vif) \(.machine) \(.number) \(.y) \(.address) \(.dom0Address) \(.mac)"'; }

list() {
    step "xennet vif list"
    xennet vif list | sed 's/^/   /'
    [ "$(vifs)" = "vif5.0 ce 1 1 10.0.1.1 10.0.1.129 00:16:3e:00:05:00
vif5.1 ce 1 2 10.0.1.2 10.0.1.130 00:16:3e:00:05:01
vif6.0 web 2 1 10.0.2.1 10.0.2.129 00:16:3e:00:06:00" ] || wrong "xennet vif list --json says: $(vifs)"

    step "xennet machine list"
    xennet machine list | sed 's/^/   /'
    same "machines" "ce 1 2, web 2 1" \
        "$(xennet machine list --json | jq -r 'sort_by(.number) | map("\(.name) \(.number) \(.interfaces | length)") | join(", ")')"
}

# ---- a guest stops and comes back -----------------------------------------------------------------------------

restart_ce() {
    step "Guest ce stops"
    end dhclient-5-eth0
    end dhclient-5-eth1
    hook offline 5 0
    hook offline 5 1
    rig unvif 5 0
    rig unvif 5 1
    rig destroy 5
    same "vifs left" "vif6.0 web 2 1 10.0.2.1 10.0.2.129 00:16:3e:00:06:00" "$(vifs)"
    same "ce.testbed, which keeps its name and address" 10.0.1.1 "$(dig_in 6 +short ce.testbed)"

    step "Guest ce starts again: domain 7, another MAC, udhcpc"
    guest_files 7
    rig vif 7 0 ce 00:16:3e:00:07:00
    hook online 7 0
    lease_by_udhcpc 7 eth0
    same "ce eth0, as before" 10.0.1.1/24 "$(interface 7 eth0)"
    reaches "web to ce" 6 10.0.1.1
    reaches "ce to the outside, by NAT" 7 "$WWW"

    step "xennet stops when asked"
    end xennet
    ! [ -S "$XENNET_SOCKET" ] || wrong "it left its control socket behind"
    saw "stopped; guests' traffic goes on:"
    reaches "web to ce" 6 10.0.1.1
}

# ---- at the end -----------------------------------------------------------------------------------------------

clean_up() {
    local result=$?
    trap - EXIT
    if [ $result != 0 ] && [ -s "$WORK/xennet.log" ]; then
        echo "The end of xennet's log:"
        tail -n 20 "$WORK/xennet.log" | sed 's/^/   | /'
    fi
    remove_everything
    rm -f /run/xennet-first-run.pid
    if [ $result = 0 ]; then
        echo "Cleaned up. First run: passed."
    else
        echo "Cleaned up. First run: FAILED."
    fi
    exit $result
}

remove_everything() {
    end_all
    rig stop
    [ ! -e "/run/netns/$OUTSIDE" ] || ip netns del "$OUTSIDE"
    rm -rf "/etc/netns/$DOM0" "$WORK"
    rmdir /etc/netns 2> /dev/null || true
}

main "$@"
