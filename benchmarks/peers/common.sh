# Sourced by the side-by-side runs, which have set WORK (a directory of their own) and NAME (of the run, for complaints):
# where the program is, the helpers, and what a server has used.
# shellcheck shell=bash

: "${WORK:?the directory of the run}" "${NAME:?what the run is called}"

PROJECT=$(dirname "$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")")
PEERS=$PROJECT/benchmarks/peers
XENNET=${XENNET_BINARY:-$PROJECT/artifacts/bin/xennet}
TICKS=$(getconf CLK_TCK)
export PIDS=$WORK/pids FIGURES=$WORK/figures

# shellcheck source=tests/rig/processes.sh
. "$PROJECT/tests/rig/processes.sh"
# shellcheck source=benchmarks/peers/figures.sh
. "$PEERS/figures.sh"

fail() {
    echo "$NAME: $*" >&2
    exit 1
}

# What a fresh Debian 12 lacks, the program itself unless one is named, and an empty WORK that goes at the end.
# remove_everything is the run's own.
prepare_run() {
    bash "$PROJECT/tests/rig/install.sh" bench
    if [ -z "${XENNET_BINARY:-}" ]; then
        (cd "$PROJECT" && dotnet publish src/XenNet.Cli -c Release -r linux-x64 -o artifacts/bin -v quiet -nologo) \
            || fail "the publish failed"
    fi
    remove_everything
    trap remove_everything EXIT
    mkdir -p "$WORK" "$FIGURES"
}

# A server's processes: the one that was started and its children.
processes() { echo "$1"; cat /proc/"$1"/task/*/children 2> /dev/null | tr -s ' ' '\n' | sed '/^$/d'; }

# utime + stime of all threads of all its processes; a child may end while we look.
cpu_ticks() {
    local pid total=0 stat
    for pid in $(processes "$1"); do
        { read -r stat < "/proc/$pid/stat"; } 2> /dev/null || continue
        # shellcheck disable=SC2086
        set -- ${stat##*) }
        total=$((total + ${12} + ${13}))
    done
    echo "$total"
}

rss_kib() {
    local pid total=0
    for pid in $(processes "$1"); do
        total=$((total + $(awk '/^VmRSS:/ { print $2 }' "/proc/$pid/status" 2> /dev/null || echo 0)))
    done
    echo "$total"
}

# The rig with a real xenstored; the run exports RIG, PREFIX and DOM0.
rig() { bash "$PROJECT/tests/rig/xen-rig.sh" "$@"; }

# start_on_rig LINE…: the daemon in Dom0 of the rig, with those lines of configuration besides, and $WORK/vif-nat-dns, its hook. It
# serves when this returns.
start_on_rig() {
    cat > "$WORK/xennet.toml" <<EOF
state-dir = "$WORK/state"
run-dir = "$WORK/run"
[network]
nat = false
[dns]
upstreams = ["192.0.2.53"]
[xen]
xenstore = "$RIG/run/socket"
EOF
    printf '%s\n' "$@" >> "$WORK/xennet.toml"
    ln -s "$XENNET" "$WORK/vif-nat-dns"
    launch xennet "$WORK/xennet.log" ip netns exec $DOM0 "$XENNET" serve --config "$WORK/xennet.toml"
    wait_until 10 ip netns exec $DOM0 "$XENNET" status || fail "xennet is not up: $(tail -n 3 "$WORK/xennet.log")"
}
