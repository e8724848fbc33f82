# Sourced by dns.sh: a local zone of 65,534 names. prepare_local_X once for each server, command_local_X prints what to run,
# one argument a line.
# shellcheck shell=bash

prepare_local() {
    local server
    for server in $SERVERS; do
        "prepare_local_$server"
    done
    read -ra local_order <<< "$SERVERS"
}

measure_local() {
    local server began command
    for server in "${local_order[@]}"; do
        mapfile -t command < <("command_local_$server")
        began=${EPOCHREALTIME/./}
        launch_inside "$server" "${command[@]}"
        await_answer "$server" vm$NAMES.testbed
        figure "dns_${server}_start_ms" "$(awk -v us=$((ANSWERED_AT - began)) 'BEGIN { printf "%.1f", us / 1000 }')"
        drive "dns_$server" "$server" -d "$WORK/questions"
        end_server "$server"
    done
    local_order=("${local_order[@]:1}" "${local_order[0]}")
}

report_local() {
    local server kind
    [ ! -e "$FIGURES/dns_import_s" ] || result_median dns_import_s
    for server in $SERVERS; do
        for kind in qps cpu_us rss_kib start_ms lost; do
            result_median "dns_${server}_$kind"
        done
    done
    [[ " $SERVERS " == *" xennet "* ]] || return 0
    for server in $SERVERS; do
        [ "$server" != xennet ] || continue
        result_ratio "dns_qps_ratio_$server" dns_xennet_qps "dns_${server}_qps"
        result_ratio "dns_cpu_ratio_$server" dns_xennet_cpu_us "dns_${server}_cpu_us"
    done
}

prepare_local_xennet() {
    registry_of $NAMES local
    configure_xennet local 9
}
command_local_xennet() { printf '%s\n' "$XENNET" serve --config "$WORK/local/xennet.toml"; }

prepare_local_dnsmasq() { :; }
command_local_dnsmasq() {
    printf '%s\n' "${DNSMASQ[@]}" --addn-hosts="$WORK/hosts" --expand-hosts --domain=testbed --local=/testbed/
}

prepare_local_unbound() {
    {
        echo 'local-zone: "testbed." static'
        awk '{ printf "local-data: \"%s.testbed. 60 A %s\"\n", $2, $1 }' "$WORK/hosts"
    } | configure_unbound local.conf
}
command_local_unbound() { printf '%s\n' "$WORK/unbound/unbound" -d -c "$WORK/unbound/local.conf"; }

prepare_local_knot() {
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
command_local_knot() { printf '%s\n' knotd -c "$WORK/knot/knot.conf"; }

prepare_local_fixed() { :; }
command_local_fixed() { printf '%s\n' "$WORK/fixed" "${PORT[fixed]}"; }
