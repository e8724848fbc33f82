# Sourced by dns.sh: names of an upstream of our own (fixed.c), which counts what reaches it. First 10,000 that every cache
# holds after a warm-up, then names that nobody has asked for before.
# shellcheck shell=bash

FORWARDERS="xennet dnsmasq unbound"

prepare_forwarding() {
    configure_xennet forwarding $UPSTREAM
    configure_unbound forwarding.conf <<CONF
    outgoing-range: 4096
    num-queries-per-thread: 2048
    msg-cache-size: 32m
    rrset-cache-size: 64m
    do-not-query-localhost: no
forward-zone:
    name: "."
    forward-addr: 127.0.0.1@$UPSTREAM
CONF
    read -ra forwarding_order <<< "$FORWARDERS"
}

# Answers of the upstream are cached by it for an hour; dnsmasq keeps none in the second half, as it would none of these.
measure_forwarding() {
    local round=$1 server
    start_upstream upstream $UPSTREAM 3600
    for server in "${forwarding_order[@]}"; do
        start_forwarding "$server" $CACHED
        measure_hits "$server"
        [ "$server" != dnsmasq ] || { end dnsmasq; start_forwarding dnsmasq 0; }
        measure_misses "$server" "$round"
        end_server "$server"
    done
    end upstream
    forwarding_order=("${forwarding_order[@]:1}" "${forwarding_order[0]}")
}

measure_hits() {
    local server=$1 before
    # Twice: what was lost or thrown out the first time is asked for again.
    for _ in 1 2; do
        inside dnsperf -s 127.0.0.1 -p "${PORT[$server]}" -d "$WORK/names-cached" -n 1 -q 50 > "$WORK/warm.log" 2>&1 \
            || fail "dnsperf: $(tail -n 3 "$WORK/warm.log")"
    done
    before=$(asked_of upstream)
    drive "dns_cache_$server" "$server" -d "$WORK/questions-cached"
    figure "dns_cache_${server}_hit_share" "$(awk -v a=$(($(asked_of upstream) - before)) -v q="$QUERIES" 'BEGIN { printf "%.5f", 1 - a / q }')"
}

measure_misses() {
    local server=$1 round=$2 before
    seq -f "r$round-%.0f.example.org A" 400000 > "$WORK/names-new"
    before=$(asked_of upstream)
    drive "dns_forward_$server" "$server" -n 1 -d "$WORK/names-new"
    figure "dns_forward_${server}_asked_share" "$(awk -v a=$(($(asked_of upstream) - before)) -v q="$QUERIES" 'BEGIN { printf "%.3f", a / q }')"
}

report_forwarding() {
    local server kind
    for server in $FORWARDERS; do
        for kind in cache_"$server"_{qps,cpu_us,rss_kib,lost,hit_share} forward_"$server"_{qps,cpu_us,lost,asked_share}; do
            result_median "dns_$kind"
        done
    done
    for server in dnsmasq unbound; do
        for kind in cache forward; do
            result_ratio "dns_${kind}_qps_ratio_$server" "dns_${kind}_xennet_qps" "dns_${kind}_${server}_qps"
            result_ratio "dns_${kind}_cpu_ratio_$server" "dns_${kind}_xennet_cpu_us" "dns_${kind}_${server}_cpu_us"
        done
    done
}

# start_forwarding SERVER ENTRIES: ENTRIES is dnsmasq's, which is started anew without a cache.
start_forwarding() {
    local server=$1 entries=$2
    case $server in
        xennet) launch_inside xennet "$XENNET" serve --config "$WORK/forwarding/xennet.toml" ;;
        dnsmasq)
            launch_inside dnsmasq "${DNSMASQ[@]}" --server=127.0.0.1#$UPSTREAM --cache-size="$entries" --dns-forward-max=1000 ;;
        unbound) launch_inside unbound "$WORK/unbound/unbound" -d -c "$WORK/unbound/forwarding.conf" ;;
    esac
    await_answer "$server" up.example.org
}
