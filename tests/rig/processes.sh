# Sourced by the scripts that start programs: each one has a pid file in $PIDS, and is ended by it alone.
# The file also holds the process's start time, so that after a crash a number used again is left alone.
# shellcheck shell=bash

: "${PIDS:?the directory of the pid files}"

# state_and_start PID: "S 12345" (state, start time in ticks since boot), empty when there is no such process
state_and_start() {
    local stat
    { read -r stat < "/proc/$1/stat"; } 2>/dev/null || return 0
    # The name, in brackets, may hold spaces and brackets: count from behind the last one.
    # shellcheck disable=SC2086
    set -- ${stat##*) }
    echo "$1 ${20}"
}

# launch NAME LOG COMMAND...: runs it in the background. Exec'ing programs (ip netns exec, env) keep the number.
launch() {
    local name=$1 log=$2 start
    shift 2
    mkdir -p "$PIDS"
    setsid "$@" > "$log" 2>&1 < /dev/null &
    read -r _ start <<< "$(state_and_start $!)"
    echo "$! $start" > "$PIDS/$name.pid"
}

pid_of() {
    local pid start
    read -r pid start < "$PIDS/$1.pid"
    echo "$pid"
}

is_running() {
    local pid start
    [ -f "$PIDS/$1.pid" ] || return 1
    read -r pid start < "$PIDS/$1.pid"
    case $(state_and_start "$pid") in
        "Z $start") return 1 ;;
        *" $start") return 0 ;;
        *) return 1 ;;
    esac
}

# end NAME [SIGNAL]: asks with SIGTERM, insists with SIGKILL after 5 s
end() {
    local pid
    if is_running "$1"; then
        pid=$(pid_of "$1")
        kill "-${2:-TERM}" "$pid" 2>/dev/null || true
        wait_until 5 stopped "$1" || kill -KILL "$pid" 2>/dev/null || true
    fi
    rm -f "$PIDS/$1.pid"
}

stopped() { ! is_running "$1"; }

end_all() {
    local file
    for file in "$PIDS"/*.pid; do
        [ -e "$file" ] || continue
        file=${file##*/}
        end "${file%.pid}"
    done
}

# wait_until SECONDS COMMAND...: looks every 20 ms; fails when the time is over
wait_until() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@" > /dev/null 2>&1; do
        [ "$SECONDS" -lt "$deadline" ] || return 1
        sleep 0.02
    done
}
