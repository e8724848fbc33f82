# Sourced by dns.sh and dns-soak.sh: the namespace that all run in, the clients, and how each server is started.
# shellcheck shell=bash

NAMES=65534        # of the full registry and of the peers' zones
CACHED=10000       # names that the caches hold

# Each server has its port; they do not run at the same time.
declare -A PORT=([xennet]=5301 [dnsmasq]=5302 [unbound]=5303 [knot]=5304 [fixed]=5305)
UPSTREAM=5390
UPSTREAM_OTHER=5391

prepare_servers() {
    local tool
    ip netns add $NS
    ip -n $NS link set lo up
    for tool in fixed first-answer probe add-machines; do
        gcc -O2 -Wall -o "$WORK/$tool" "$PEERS/$tool.c" -pthread
    done
    make_names
    mkdir -p "$WORK/unbound"
    # A copy, because Debian's AppArmor profile holds the original to /etc/unbound.
    cp /usr/sbin/unbound "$WORK/unbound/unbound"
}

remove_everything() {
    [ ! -d "$PIDS" ] || end_all
    [ ! -e /run/netns/$NS ] || ip netns del $NS
    rm -rf "$WORK"
}

inside() { ip netns exec $NS "$@"; }

# launch_inside NAME COMMAND...
launch_inside() {
    local name=$1
    shift
    launch "$name" "$WORK/$name.log" ip netns exec $NS "$@"
}

# vmN is 10.(N div 256).(N mod 256).1 for N from 1; 200,000 questions in an order that is the same every time
# (Park and Miller's generator: exact in awk's numbers).
make_names() {
    seq $NAMES | awk '{ printf "10.%d.%d.1 vm%d\n", $1 / 256, $1 % 256, $1 }' > "$WORK/hosts"
    questions "vm%d.testbed A" $NAMES > "$WORK/questions"
    questions "n%d.example.org A" $CACHED > "$WORK/questions-cached"
    seq -f "n%.0f.example.org A" $CACHED > "$WORK/names-cached"
}

# questions FORMAT COUNT
questions() {
    awk -v format="$1" -v count="$2" 'BEGIN {
        seed = 20240101
        for (i = 0; i < 200000; i++) {
            seed = seed * 16807 % 2147483647
            printf format "\n", seed % count + 1
        }
    }'
}

# ---- xennet -----------------------------------------------------------------------------------------------------

# configure_xennet DIR UPSTREAM-PORT...: its configuration and place, in DIR of $WORK
configure_xennet() {
    local dir=$WORK/$1 upstreams=()
    shift
    mkdir -p "$dir"
    upstreams=("${@/#/\"127.0.0.1:}")
    upstreams=("${upstreams[@]/%/\"}")
    cat > "$dir/xennet.toml" <<TOML
state-dir = "$dir/state"
run-dir = "$dir/run"
[network]
nat = false
[dns]
listen = ["lo"]
port = ${PORT[xennet]}
upstreams = [$(IFS=,; echo "${upstreams[*]}")]
cache-entries = $CACHED
[dhcp]
enabled = false
TOML
}

# start_xennet DIR: it answers when this returns
start_xennet() {
    launch_inside xennet "$XENNET" serve --config "$WORK/$1/xennet.toml"
    await_answer xennet localhost
    export XENNET_SOCKET=$WORK/$1/run/control.sock
}

# registry_of COUNT DIR: vm1 to vmCOUNT known in DIR, from a registry that is made once. The machines are imported through a
# running daemon, as an operator does it.
registry_of() {
    local count=$1 dir=$2 made=$WORK/registry-$1 began
    if [ ! -d "$made" ]; then
        configure_xennet "registry-$count" 9
        start_xennet "registry-$count"
        wait_until 10 inside "$XENNET" status || fail "xennet is not up: $(tail -n 3 "$WORK/xennet.log")"
        head -n "$count" "$WORK/hosts" > "$WORK/hosts-$count"
        began=$EPOCHREALTIME
        inside "$XENNET" import --hosts "$WORK/hosts-$count" > "$WORK/import.log" 2>&1 || fail "import: $(tail -n 3 "$WORK/import.log")"
        [ "$count" != $NAMES ] || figure dns_import_s "$(awk -v a="$began" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.2f", b - a }')"
        inside "$XENNET" machine list --json > "$WORK/machines.json"
        jq -e --argjson names "$count" 'length == $names and all(.[]; .name == "vm\(.number)")' "$WORK/machines.json" > /dev/null \
            || fail "the import did not keep the numbers: $(jq -c '[length, (map(select(.name != "vm\(.number)"))[:3])]' "$WORK/machines.json")"
        end xennet
    fi
    rm -rf "${WORK:?}/$dir/state"
    mkdir -p "$WORK/$dir"
    cp -a "$made/state" "$WORK/$dir/state"
}

# end_server SERVER: xennet's filter goes with it, for the others pay nothing for it
end_server() {
    end "$1"
    [ "$1" != xennet ] || inside nft delete table inet xennet
}

# ---- the peers --------------------------------------------------------------------------------------------------

# What dnsmasq is told whatever it serves.
DNSMASQ=(dnsmasq --keep-in-foreground --conf-file=/dev/null --pid-file= --user=root --log-facility=-
    --port="${PORT[dnsmasq]}" --listen-address=127.0.0.1 --bind-interfaces --no-resolv --no-hosts)

# configure_unbound FILE: standard input has further lines of its server: clause, and clauses behind that
configure_unbound() {
    {
        cat <<CONF
remote-control:
    control-enable: no
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
CONF
        cat
    } > "$WORK/unbound/$1"
}

# ---- the upstream -----------------------------------------------------------------------------------------------

# start_upstream NAME PORT TTL: answers every name, and counts
start_upstream() {
    launch_inside "$1" "$WORK/fixed" "$2" "$3" "$WORK/$1.count"
    PORT[$1]=$2
    await_answer "$1" up.example.org
}

# How many queries have reached it.
asked_of() { od -An -t u8 -N 8 "$WORK/$1.count" | tr -d ' '; }

# ---- clients ----------------------------------------------------------------------------------------------------

# await_answer SERVER NAME: microseconds since 1970 of its first answer, in ANSWERED_AT
await_answer() {
    ANSWERED_AT=$(inside "$WORK/first-answer" "${PORT[$1]}" "$2") || fail "$1 does not answer: $(tail -n 3 "$WORK/$1.log")"
}

# drive PREFIX SERVER DNSPERF-ARGUMENT...: figures PREFIX_qps, _cpu_us, _rss_kib and _lost; QUERIES is how many
drive() {
    local prefix=$1 server=$2 pid before after output
    shift 2
    pid=$(pid_of "$server")
    before=$(cpu_ticks "$pid")
    output=$(inside dnsperf -s 127.0.0.1 -p "${PORT[$server]}" -c 20 -T 1 -q 200 -t 1 -l "$SECONDS_EACH" "$@" 2>&1) \
        || fail "dnsperf: $(tail -n 3 <<< "$output")"
    after=$(cpu_ticks "$pid")
    QUERIES=$(sed -n 's/ *Queries completed: *\([0-9]*\).*/\1/p' <<< "$output")
    # A fast wrong answer is no answer.
    grep -q 'Response codes: *NOERROR [0-9]* (100.00%)' <<< "$output" || fail "$server answers wrongly: $(grep 'Response codes' <<< "$output")"

    figure "${prefix}_qps" "$(sed -n 's/ *Queries per second: *\([0-9]*\).*/\1/p' <<< "$output")"
    figure "${prefix}_cpu_us" "$(awk -v t=$((after - before)) -v hz="$TICKS" -v q="$QUERIES" 'BEGIN { printf "%.2f", t / hz * 1e6 / q }')"
    figure "${prefix}_rss_kib" "$(rss_kib "$pid")"
    figure "${prefix}_lost" "$(sed -n 's/ *Queries lost: *\([0-9]*\).*/\1/p' <<< "$output")"
    printf '%-26s %7s queries/s  %6s us CPU/query  %7s KiB\n' "$prefix" "$(last "${prefix}_qps")" "$(last "${prefix}_cpu_us")" "$(last "${prefix}_rss_kib")"
}

# probe SERVER RATE SECONDS FORMAT COUNT: as probe.c prints it
probe() {
    local server=$1
    shift
    inside "$WORK/probe" "${PORT[$server]}" "$@"
}

# field NAME LINE: of what probe and add-machines print
field() { tr ' ' '\n' <<< "$2" | sed -n "s/^$1=//p"; }

# all_answered WHEN LINE: of a probe that nothing may be lost of
all_answered() {
    [ "$(field failed "$2") $(field lost "$2")" = "0 0" ] || fail "$1: $2"
}
