# Sourced by dns.sh: 2,000 queries a second for machines that are there, at 60,000 machines, alone and while 1,000 more a
# second are added through the control socket, each of which is asked for the moment its call returns. Beside it dnsmasq,
# which is told of a change by SIGHUP once a second.
# shellcheck shell=bash

MACHINES=60000
PROBES=2000
ADDS=1000
SECONDS_ADDING=$((SECONDS_EACH < 5 ? SECONDS_EACH : 5))     # there are 65,535 machine numbers

prepare_changes() {
    configure_xennet changes 9
    configure_xennet full $UPSTREAM
}

measure_changes() {
    local round=$1 idle adding added
    registry_of $MACHINES changes
    start_xennet changes
    await_answer xennet vm$MACHINES.testbed
    # Once for what runs the first time.
    probe xennet $PROBES 1 vm%u.testbed $MACHINES > /dev/null
    idle=$(probe xennet $PROBES "$SECONDS_ADDING" vm%u.testbed $MACHINES)
    probe xennet $PROBES $((SECONDS_ADDING + 1)) vm%u.testbed $MACHINES > "$WORK/adding" &
    sleep 0.5
    added=$(inside "$WORK/add-machines" "$XENNET_SOCKET" "${PORT[xennet]}" "new$round-" $((ADDS * SECONDS_ADDING)) $ADDS) \
        || fail "add-machines: $added"
    wait $!
    adding=$(< "$WORK/adding")
    end xennet
    all_answered idle "$idle"
    all_answered adding "$adding"
    note_waits dns_idle "$idle"
    note_waits dns_add "$adding"
    figure dns_add_stall_ms "$(awk -v a="$(field max_ms "$adding")" -v b="$(field max_ms "$idle")" 'BEGIN { printf "%.3f", (a > b ? a - b : 0) }')"
    figure dns_add_wrong "$(field wrong "$added")"
    figure dns_adds_a_second "$(awk -v n="$(field added "$added")" -v s="$(field seconds "$added")" 'BEGIN { printf "%.0f", n / s }')"
    echo "idle:      $idle"
    echo "adding:    $adding; $added"

    measure_reload
    measure_full
}

measure_reload() {
    local command line
    mapfile -t command < <(command_local_dnsmasq)
    launch_inside dnsmasq "${command[@]}"
    await_answer dnsmasq vm$NAMES.testbed
    probe dnsmasq $PROBES "$SECONDS_ADDING" vm%u.testbed $MACHINES > "$WORK/reload" &
    for _ in $(seq $((SECONDS_ADDING - 1))); do
        sleep 1
        kill -HUP "$(pid_of dnsmasq)"
    done
    wait $!
    line=$(< "$WORK/reload")
    end dnsmasq
    note_waits dns_dnsmasq_reload "$line"
    figure dns_dnsmasq_reload_lost "$(field lost "$line")"
    echo "dnsmasq:   $line"
}

# Every machine number taken, the cache full, and both in use.
measure_full() {
    registry_of $NAMES full
    start_upstream upstream $UPSTREAM 3600
    start_xennet full
    await_answer xennet up.example.org
    inside dnsperf -s 127.0.0.1 -p "${PORT[xennet]}" -d "$WORK/names-cached" -n 2 -q 50 > "$WORK/warm.log" 2>&1 \
        || fail "dnsperf: $(tail -n 3 "$WORK/warm.log")"
    paste -d '\n' "$WORK/questions" "$WORK/questions-cached" > "$WORK/questions-mixed"
    drive dns_full xennet -d "$WORK/questions-mixed"
    end xennet
    end upstream
}

# note_waits PREFIX LINE: of a probe
note_waits() {
    figure "$1_wait_p99_ms" "$(field p99_ms "$2")"
    figure "$1_wait_max_ms" "$(field max_ms "$2")"
}

report_changes() {
    local kind
    for kind in dns_{idle,add,dnsmasq_reload}_wait_{p99,max}_ms dns_dnsmasq_reload_lost \
            dns_add_stall_ms dns_add_wrong dns_adds_a_second dns_full_rss_kib; do
        result_median "$kind"
    done
}
