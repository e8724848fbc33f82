#!/bin/bash
# DNS from a local zone of 65,534 names: xennet beside dnsmasq, unbound, knot and a responder that looks nothing up.
# Each round starts each server afresh (time to its first answer), drives it with dnsperf, and reads its CPU time
# and memory; rounds are repeated and the order of the servers turns, so that noise meets all of them alike.
#
#   bash benchmarks/peers/dns.sh
#   ROUNDS=5 SECONDS_EACH=4 SERVERS="xennet dnsmasq unbound knot fixed"     the defaults
#
# As root, on an idle machine: client and servers share its cores. Compare within one run; quote ratios.
set -euo pipefail

PROJECT=$(dirname "$(dirname "$(dirname "$(readlink -f "$0")")")")
ROUNDS=${ROUNDS:-5}
SECONDS_EACH=${SECONDS_EACH:-4}
SERVERS=${SERVERS:-xennet dnsmasq unbound knot fixed}

NAMES=65534
NS=xnpeers-dns
WORK=/var/tmp/xennet-peers-dns
export PIDS=$WORK/pids FIGURES=$WORK/figures
XENNET=${XENNET_BINARY:-$PROJECT/artifacts/bin/xennet}
export XENNET_SOCKET=$WORK/xennet/run/control.sock
TICKS=$(getconf CLK_TCK)

# Each server has its port; they do not run at the same time.
declare -A PORT=([xennet]=5301 [dnsmasq]=5302 [unbound]=5303 [knot]=5304 [fixed]=5305)

# shellcheck source=tests/rig/processes.sh
. "$PROJECT/tests/rig/processes.sh"
# shellcheck source=benchmarks/peers/figures.sh
. "$PROJECT/benchmarks/peers/figures.sh"

main() {
    bash "$PROJECT/tests/rig/install.sh" bench
    remove_everything
    trap remove_everything EXIT
    mkdir -p "$WORK" "$FIGURES"
    ip netns add $NS
    ip -n $NS link set lo up

    make_names
    gcc -O2 -Wall -o "$WORK/fixed" "$PROJECT/benchmarks/peers/fixed.c" -pthread
    gcc -O2 -Wall -o "$WORK/first-answer" "$PROJECT/benchmarks/peers/first-answer.c"
    local server round order
    for server in $SERVERS; do
        "prepare_$server"
    done

    read -ra order <<< "$SERVERS"
    for round in $(seq "$ROUNDS"); do
        for server in "${order[@]}"; do
            measure "$round" "$server"
        done
        order=("${order[@]:1}" "${order[0]}")
    done
    report
}

fail() {
    echo "dns.sh: $*" >&2
    exit 1
}

inside() { ip netns exec $NS "$@"; }

# ---- what is served and asked ---------------------------------------------------------------------------------

# vmN is 10.(N div 256).(N mod 256).1 for N from 1; 200,000 questions in an order that is the same every time
# (Park and Miller's generator: exact in awk's numbers).
make_names() {
    seq $NAMES | awk '{ printf "10.%d.%d.1 vm%d\n", $1 / 256, $1 % 256, $1 }' > "$WORK/hosts"
    awk -v names=$NAMES 'BEGIN {
        seed = 20240101
        for (i = 0; i < 200000; i++) {
            seed = seed * 16807 % 2147483647
            printf "vm%d.testbed A\n", seed % names + 1
        }
    }' > "$WORK/questions"
}

# ---- the servers: prepare_X once, command_X prints what to run, one argument a line -----------------------------

prepare_xennet() {
    if [ -z "${XENNET_BINARY:-}" ]; then
        (cd "$PROJECT" && dotnet publish src/XenNet.Cli -c Release -r linux-x64 -o artifacts/bin -v quiet -nologo) \
            || fail "the publish failed"
    fi
    mkdir -p "$WORK/xennet"
    cat > "$WORK/xennet/xennet.toml" <<EOF
state-dir = "$WORK/xennet/state"
run-dir = "$WORK/xennet/run"
[network]
nat = false
[dns]
listen = ["lo"]
port = ${PORT[xennet]}
upstreams = ["192.0.2.53"]
[dhcp]
enabled = false
EOF
    # The machines are imported through a running daemon, as an operator does it; what is measured is the next start.
    local began
    start xennet
    wait_until 10 inside "$XENNET" status || fail "xennet is not up: $(tail -n 3 "$WORK/xennet.log")"
    began=$EPOCHREALTIME
    inside "$XENNET" import --hosts "$WORK/hosts" > "$WORK/import.log" 2>&1 || fail "import: $(tail -n 3 "$WORK/import.log")"
    figure dns_import_s "$(awk -v a="$began" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.2f", b - a }')"
    inside "$XENNET" machine list --json > "$WORK/machines.json"
    jq -e --argjson names $NAMES 'length == $names and all(.[]; .name == "vm\(.number)")' "$WORK/machines.json" > /dev/null \
        || fail "the import did not keep the numbers: $(jq -c '[length, (map(select(.name != "vm\(.number)"))[:3])]' "$WORK/machines.json")"
    end xennet
}
command_xennet() { printf '%s\n' "$XENNET" serve --config "$WORK/xennet/xennet.toml"; }

prepare_dnsmasq() { :; }
command_dnsmasq() {
    printf '%s\n' dnsmasq --keep-in-foreground --conf-file=/dev/null --pid-file= --user=root --log-facility=- \
        --port="${PORT[dnsmasq]}" --listen-address=127.0.0.1 --bind-interfaces --no-resolv --no-hosts \
        --addn-hosts="$WORK/hosts" --expand-hosts --domain=testbed --local=/testbed/
}

# A copy of unbound, because Debian's AppArmor profile holds the original to /etc/unbound.
prepare_unbound() {
    mkdir -p "$WORK/unbound"
    cp /usr/sbin/unbound "$WORK/unbound/unbound"
    cat > "$WORK/unbound/unbound.conf" <<EOF
server:
    interface: 127.0.0.1
    port: ${PORT[unbound]}
    do-ip6: no
    num-threads: 2
    so-reuseport: yes
    chroot: ""
    username: ""
    directory: "$WORK/unbound"
    pidfile: ""
    use-syslog: no
    logfile: ""
    do-daemonize: no
    module-config: "iterator"
    include: "$WORK/unbound/zone.conf"
remote-control:
    control-enable: no
EOF
    {
        echo 'local-zone: "testbed." static'
        awk '{ printf "local-data: \"%s.testbed. 60 A %s\"\n", $2, $1 }' "$WORK/hosts"
    } > "$WORK/unbound/zone.conf"
}
command_unbound() { printf '%s\n' "$WORK/unbound/unbound" -d -c "$WORK/unbound/unbound.conf"; }

prepare_knot() {
    mkdir -p "$WORK/knot"
    cat > "$WORK/knot/knot.conf" <<EOF
server:
    rundir: $WORK/knot
    listen: 127.0.0.1@${PORT[knot]}
    udp-workers: 2
database:
    storage: $WORK/knot
log:
  - target: stderr
    any: warning
zone:
  - domain: testbed
    file: $WORK/knot/testbed.zone
    zonefile-sync: -1
    journal-content: none
EOF
    {
        # shellcheck disable=SC2016
        printf '$ORIGIN testbed.\n$TTL 60\n@ SOA ns hostmaster 1 3600 600 86400 5\n@ NS ns\nns A 127.0.0.1\n'
        awk '{ print $2, "A", $1 }' "$WORK/hosts"
    } > "$WORK/knot/testbed.zone"
}
command_knot() { printf '%s\n' knotd -c "$WORK/knot/knot.conf"; }

prepare_fixed() { :; }
command_fixed() { printf '%s\n' "$WORK/fixed" "${PORT[fixed]}"; }

start() {
    local command
    mapfile -t command < <("command_$1")
    launch "$1" "$WORK/$1.log" ip netns exec $NS "${command[@]}"
}

# ---- measuring ------------------------------------------------------------------------------------------------

measure() {
    local round=$1 server=$2 began answered pid before after output queries rate rss
    began=${EPOCHREALTIME/./}
    start "$server"
    answered=$(inside "$WORK/first-answer" "${PORT[$server]}" vm$NAMES.testbed) \
        || fail "$server does not answer: $(tail -n 3 "$WORK/$server.log")"
    pid=$(pid_of "$server")

    before=$(cpu_ticks "$pid")
    output=$(inside dnsperf -s 127.0.0.1 -p "${PORT[$server]}" -d "$WORK/questions" -c 20 -T 1 -q 200 -t 1 -l "$SECONDS_EACH" 2>&1) \
        || fail "dnsperf: $(tail -n 3 <<< "$output")"
    after=$(cpu_ticks "$pid")
    rss=$(rss_kib "$pid")
    end "$server"

    queries=$(sed -n 's/ *Queries completed: *\([0-9]*\).*/\1/p' <<< "$output")
    rate=$(sed -n 's/ *Queries per second: *\([0-9]*\).*/\1/p' <<< "$output")
    # A fast wrong answer is no answer.
    grep -q 'Response codes: *NOERROR [0-9]* (100.00%)' <<< "$output" || fail "$server answers wrongly: $(grep 'Response codes' <<< "$output")"

    figure "dns_${server}_start_ms" "$(awk -v us=$((answered - began)) 'BEGIN { printf "%.1f", us / 1000 }')"
    figure "dns_${server}_qps" "$rate"
    figure "dns_${server}_cpu_us" "$(awk -v t=$((after - before)) -v hz="$TICKS" -v q="$queries" 'BEGIN { printf "%.2f", t / hz * 1e6 / q }')"
    figure "dns_${server}_rss_kib" "$rss"
    figure "dns_${server}_lost" "$(sed -n 's/ *Queries lost: *\([0-9]*\).*/\1/p' <<< "$output")"
    printf 'round %s  %-8s start %7s ms  %7s queries/s  %6s us CPU/query  %7s KiB\n' "$round" "$server" \
        "$(tail -n 1 "$FIGURES/dns_${server}_start_ms")" "$rate" "$(tail -n 1 "$FIGURES/dns_${server}_cpu_us")" "$rss"
}

# A server's processes: the one that was started and its children.
processes() { echo "$1"; cat /proc/"$1"/task/*/children 2> /dev/null | tr -s ' ' '\n' | sed '/^$/d'; }

# utime + stime of all threads of all its processes
cpu_ticks() {
    local pid total=0 stat
    for pid in $(processes "$1"); do
        read -r stat < "/proc/$pid/stat"
        # shellcheck disable=SC2086
        set -- ${stat##*) }
        total=$((total + ${12} + ${13}))
    done
    echo "$total"
}

rss_kib() {
    local pid total=0
    for pid in $(processes "$1"); do
        total=$((total + $(awk '/^VmRSS:/ { print $2 }' "/proc/$pid/status")))
    done
    echo "$total"
}

report() {
    local server kind
    echo
    [ ! -e "$FIGURES/dns_import_s" ] || result_median dns_import_s
    for server in $SERVERS; do
        for kind in qps cpu_us rss_kib start_ms lost; do
            result_median "dns_${server}_$kind"
        done
    done
    case " $SERVERS " in *" xennet "*) ;; *) return ;; esac
    for server in $SERVERS; do
        [ "$server" != xennet ] || continue
        result_ratio "dns_qps_ratio_$server" dns_xennet_qps "dns_${server}_qps"
        result_ratio "dns_cpu_ratio_$server" dns_xennet_cpu_us "dns_${server}_cpu_us"
    done
}

remove_everything() {
    [ ! -d "$PIDS" ] || end_all
    [ ! -e /run/netns/$NS ] || ip netns del $NS
    rm -rf "$WORK"
}

main "$@"
