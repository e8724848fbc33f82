# Sourced by dns.sh: upstreams that stand still (SIGSTOP: what is sent to them is never answered, and no error comes back),
# and what clients notice of it. 500 new names a second are asked for throughout.
# shellcheck shell=bash

NEW_NAMES=500
MANY=2000000000     # names of which none is asked for twice

prepare_outages() {
    configure_xennet healthy $UPSTREAM
    configure_xennet dead-of-two $UPSTREAM_OTHER $UPSTREAM
    configure_xennet all-dead $UPSTREAM $UPSTREAM_OTHER
    registry_of $NAMES all-dead
}

measure_outages() {
    start_upstream upstream $UPSTREAM 1
    start_upstream upstream-other $UPSTREAM_OTHER 1
    measure_one_dead
    measure_all_dead
    end upstream
    end upstream-other
}

measure_one_dead() {
    local healthy dead
    start_xennet healthy
    probe_new 1 > /dev/null
    healthy=$(probe_new "$SECONDS_EACH")
    end xennet

    start_xennet dead-of-two
    probe_new 1 > /dev/null
    kill -STOP "$(pid_of upstream-other)"
    probe_new 1 > /dev/null
    dead=$(probe_new "$SECONDS_EACH")
    kill -CONT "$(pid_of upstream-other)"
    end xennet
    all_answered "with one dead upstream of two" "$dead"
    figure dns_one_upstream_p99_ms "$(field p99_ms "$healthy")"
    figure dns_dead_upstream_p99_ms "$(field p99_ms "$dead")"
    echo "healthy:   $healthy"
    echo "one dead:  $dead"
}

measure_all_dead() {
    local before during began name=back-$RANDOM.example.org
    start_xennet all-dead
    probe_new 1 > /dev/null
    before=$(probe xennet 1000 "$SECONDS_EACH" vm%u.testbed $NAMES)
    dig_ms stale.example.org NOERROR > /dev/null
    # Its second is over.
    sleep 1.5
    kill -STOP "$(pid_of upstream)" "$(pid_of upstream-other)"
    figure dns_stale_answer_ms "$(dig_ms stale.example.org NOERROR)"
    figure dns_no_answer_ms "$(dig_ms unknown.example.org SERVFAIL)"

    probe_new $((SECONDS_EACH + 1)) > "$WORK/outage" &
    during=$(probe xennet 1000 "$SECONDS_EACH" vm%u.testbed $NAMES)
    began=${EPOCHREALTIME/./}
    kill -CONT "$(pid_of upstream)" "$(pid_of upstream-other)"
    await_answer xennet "$name"
    wait $!
    end xennet
    figure dns_back_ms "$(awk -v us=$((ANSWERED_AT - began)) 'BEGIN { printf "%.1f", us / 1000 }')"
    all_answered "local names without upstreams" "$during"
    figure dns_local_p99_ms "$(field p99_ms "$before")"
    figure dns_outage_local_p99_ms "$(field p99_ms "$during")"
    echo "all dead:  stale answer $(last dns_stale_answer_ms) ms, none $(last dns_no_answer_ms) ms, back $(last dns_back_ms) ms"
    echo "  local:   $during"
}

probe_new() { probe xennet $NEW_NAMES "$1" x%u.example.org $MANY; }

# dig_ms NAME RCODE: how long one query waits for that code
dig_ms() {
    local output
    output=$(inside dig @127.0.0.1 -p "${PORT[xennet]}" +tries=1 +time=10 "$1" 2>&1) || fail "dig $1: $output"
    grep -q "status: $2," <<< "$output" || fail "dig $1: $(grep status <<< "$output"), not $2"
    sed -n 's/^;; Query time: \([0-9]*\) msec/\1/p' <<< "$output"
}

report_outages() {
    local kind
    for kind in one_upstream_p99_ms dead_upstream_p99_ms stale_answer_ms no_answer_ms back_ms local_p99_ms outage_local_p99_ms; do
        result_median "dns_$kind"
    done
    result_ratio dns_dead_upstream_p99_ratio dns_dead_upstream_p99_ms dns_one_upstream_p99_ms
}
